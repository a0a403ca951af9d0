/**
 * Photos over HTTP, both sides. {@code PhotoServer} puts routes in front of any {@link
 * io.backpack.api.PhotoStore}; {@link io.backpack.http.HttpPhotoStore} is the store that speaks to
 * such a server.
 *
 * <p>On the server side a request goes {@code PhotoServer} to {@code Exchange} (one request and its
 * answer) to {@code ReadRoutes} or {@code WriteRoutes}, or to {@code AdminPages} for what is below
 * {@code /_/}. Photo routes work on the plain request of Vert.x: no router and no body handler, so
 * that an upload is never spooled and a small photo leaves in one write.
 *
 * <p>Photos that a store has {@link io.backpack.http.ReadyPhotos} of go a shorter way: {@code
 * ReadyHandler} stands in the pipeline before Vert.x and lets {@code ReadyRoute} answer for them,
 * byte for byte as {@code ReadRoutes} would; one that has to come from the disk first is waited for
 * there.
 */
package io.backpack.http;
