package io.backpack.bus;

/**
 * An announcement of a node.
 *
 * @param nodeId its id in the cluster map
 * @param url where it says it is reached
 * @param freeBytes room for photos on its disks
 * @param state {@code ready}, {@code recovering}, {@code full} or {@code stopping}
 */
public record NodeSighting(String nodeId, String url, long freeBytes, String state) {}
