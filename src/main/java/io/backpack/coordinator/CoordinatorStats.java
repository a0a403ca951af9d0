package io.backpack.coordinator;

import io.backpack.metrics.OperationStats;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What a coordinator counts since it started. Safe for use by any thread. */
public final class CoordinatorStats {
  private final OperationStats uploads = new OperationStats();
  private final OperationStats reads = new OperationStats();
  private final OperationStats deletes = new OperationStats();
  private final LongAdder failedUploads = new LongAdder();
  private final LongAdder refusedUploads = new LongAdder();
  private final LongAdder degradedUploads = new LongAdder();
  private final LongAdder movedUploads = new LongAdder();
  private final LongAdder failedReads = new LongAdder();
  private final LongAdder lostTasks = new LongAdder();
  private final Map<String, LongAdder> uploadsByShard = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> failuresByNode = new ConcurrentHashMap<>();

  void uploaded(String shardId, long bytes, long nanos) {
    uploads.record(bytes, nanos);
    uploadsByShard.computeIfAbsent(shardId, id -> new LongAdder()).increment();
  }

  void uploadFailed() {
    failedUploads.increment();
  }

  void uploadRefused() {
    refusedUploads.increment();
  }

  void uploadDegraded() {
    degradedUploads.increment();
  }

  void uploadMoved() {
    movedUploads.increment();
  }

  void read(long bytes, long nanos) {
    reads.record(bytes, nanos);
  }

  void readFailed() {
    failedReads.increment();
  }

  void deleted(long nanos) {
    deletes.record(0, nanos);
  }

  void taskLost() {
    lostTasks.increment();
  }

  void nodeFailed(String nodeId) {
    failuresByNode.computeIfAbsent(nodeId, id -> new LongAdder()).increment();
  }

  /** Forgets shards and nodes that are gone. */
  void retainOnly(Collection<String> shards, Collection<String> nodes) {
    uploadsByShard.keySet().retainAll(shards);
    failuresByNode.keySet().retainAll(nodes);
  }

  /** Uploads that were answered as stored, with their bytes and durations. */
  public OperationStats uploads() {
    return uploads;
  }

  /** Reads that were answered with a photo; the duration is that to its head. */
  public OperationStats reads() {
    return reads;
  }

  /** Photos deleted. */
  public OperationStats deletes() {
    return deletes;
  }

  /** Uploads that could not be stored, through no fault of the client. */
  public long failedUploads() {
    return failedUploads.sum();
  }

  /** Uploads that were refused because of what the client sent. */
  public long refusedUploads() {
    return refusedUploads.sum();
  }

  /** Uploads answered with fewer copies on disk than configured, the others being queued. */
  public long degradedUploads() {
    return degradedUploads.sum();
  }

  /** Uploads stored in another shard than their first one. */
  public long movedUploads() {
    return movedUploads.sum();
  }

  /** Reads that no node could answer. */
  public long failedReads() {
    return failedReads.sum();
  }

  /** Copies that could not be queued although nothing promised rests on them. */
  public long lostTasks() {
    return lostTasks.sum();
  }

  /** Uploads stored, by shard. */
  public Map<String, Long> uploadsByShard() {
    return sums(uploadsByShard);
  }

  /** Calls that a node did not answer as it should, by node. */
  public Map<String, Long> failuresByNode() {
    return sums(failuresByNode);
  }

  private static Map<String, Long> sums(Map<String, LongAdder> counters) {
    Map<String, Long> sums = new TreeMap<>();
    counters.forEach((id, counter) -> sums.put(id, counter.sum()));
    return sums;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("processed_uploads", uploads.count())
        .put("processed_bytes", uploads.bytes())
        .put("failed_uploads", failedUploads())
        .put("refused_uploads", refusedUploads())
        .put("degraded_uploads", degradedUploads())
        .put("moved_uploads", movedUploads())
        .put("failed_reads", failedReads())
        .put("lost_tasks", lostTasks())
        .put("puts", uploads.toJson())
        .put("gets", reads.toJson())
        .put("deletes", deletes.toJson())
        .put("uploads_by_shard", json(uploadsByShard()))
        .put("failures_by_node", json(failuresByNode()));
  }

  private static JsonObject json(Map<String, Long> counts) {
    JsonObject json = new JsonObject();
    counts.forEach(json::put);
    return json;
  }
}
