package io.backpack.bench;

/** The same photos twice: as files for nginx and in the store of a node. */
record Site(Photos photos, Nginx nginx, Store store) {}
