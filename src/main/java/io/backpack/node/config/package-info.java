/**
 * The configuration of a process: {@code --set} over the environment over the YAML file over the
 * defaults.
 *
 * <p>{@link io.backpack.node.config.Keys} is the one list of keys, which stand with their types,
 * defaults and documentation in a class for each section ({@code StorageKeys}, ...); parsing,
 * {@code config show}, {@code conf/backpack.yaml} and the table in the documentation all come from
 * it. {@link io.backpack.node.config.Configuration} gathers what the sources say and every error in
 * it; {@link io.backpack.node.config.NodeConfiguration} is the result that the roles are started
 * from.
 */
package io.backpack.node.config;
