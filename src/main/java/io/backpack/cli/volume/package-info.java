/**
 * {@code backpack volume}: what an operator does to the volumes of one node on its own machine. One
 * class a command; {@code StoreOptions} says whose volumes, {@code VolumeTool} how a command ends.
 */
package io.backpack.cli.volume;
