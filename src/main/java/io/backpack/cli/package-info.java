/**
 * The program: one class per command, and {@link io.backpack.cli.Main}, which lists them all and
 * turns failures into one clear line and an exit code.
 */
package io.backpack.cli;
