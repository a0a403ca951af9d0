/**
 * The commands that store and read photos over HTTP: {@code put}, {@code get}, {@code stat}, {@code
 * rm}. One class per command; {@link io.backpack.cli.client.ServerOptions} is what all of them
 * take, {@link io.backpack.cli.client.ClientSession} their connection. A command runs on the main
 * thread and waits there; bytes move on the event loops of the session.
 */
package io.backpack.cli.client;
