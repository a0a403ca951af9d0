/**
 * What the JDK does not reach in the kernel: reads that only give what is in memory, and advice
 * about the page cache. Linux with 64 bits, through JNA; where that is not to be had, {@link
 * io.backpack.posix.PosixFile#open} gives nothing and its callers do without.
 */
package io.backpack.posix;
