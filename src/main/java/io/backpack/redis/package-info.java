/**
 * A connection to one Redis server that is held, comes back by itself, and never keeps a caller
 * waiting for longer than it was told.
 *
 * <p>{@link io.backpack.redis.RedisLink} is the connection, {@link io.backpack.redis.RedisScript} a
 * script that Redis is sent once and called by its digest from then on. What runs through a link
 * has one of three ends: an answer; a {@link io.backpack.redis.RedisReplyException}, when the
 * server said no; or a {@link io.backpack.api.BackpackException}, when it said nothing, and the
 * command may or may not have been carried out.
 */
package io.backpack.redis;
