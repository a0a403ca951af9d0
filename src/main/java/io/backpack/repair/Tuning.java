package io.backpack.repair;

import java.time.Duration;

/**
 * What is not worth a setting; a test has less patience.
 *
 * @param firstPause before a peer that did not answer is asked again; doubled each time
 * @param longestPause between two tries
 * @param nodePause before a node that cannot take part itself tries again
 * @param watch how often the count of damaged photos is looked at
 * @param refusal how long photos are not given out, at most, while the deletes of peers are fetched
 *     that came or came back later
 * @param copies that run at a time
 * @param names that are asked for at a time; each may cost the peer a read of its disk
 * @param pageEntries of each side that are listed at a time, about
 * @param blip how long the cluster map may be out of reach without harm
 * @param stopped so much later than it should the node comes to look after itself when it was
 *     stopped meanwhile
 * @param maxFailed photos that are remembered because they could not be copied
 */
record Tuning(
    Duration firstPause,
    Duration longestPause,
    Duration nodePause,
    Duration watch,
    Duration refusal,
    int copies,
    int names,
    int pageEntries,
    Duration blip,
    Duration stopped,
    int maxFailed) {
  static final Tuning DEFAULT =
      new Tuning(
          Duration.ofMillis(100),
          Duration.ofSeconds(5),
          Duration.ofMillis(500),
          Duration.ofSeconds(2),
          Duration.ofSeconds(1),
          8,
          128,
          8192,
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          10_000);
}
