/**
 * What a role counts and measures, and the text Prometheus reads.
 *
 * <p>{@link io.backpack.metrics.Metrics} is made once per role and handed to whatever has something
 * to tell; {@link io.backpack.metrics.OperationStats} is what the original's {@code /stats} shows.
 */
package io.backpack.metrics;
