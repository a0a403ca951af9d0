/**
 * The benchmark, {@code bench/run}: measures a real Backpack against nginx on plain files and raw
 * disk reads, in turn, and writes {@code docs/benchmarks.md}.
 *
 * <p>{@link io.backpack.bench.Rows} is the table: each {@link io.backpack.bench.Row} knows its
 * goal, its unit and how it is measured. {@link io.backpack.bench.Bench} is what they measure with:
 * photo sets made from a seed, nodes, nginx and load, and the end of all of it. {@link
 * io.backpack.bench.Results} keeps what came of it in a file, so that a table can be put together
 * from several runs; {@link io.backpack.bench.Report} writes it.
 */
package io.backpack.bench;
