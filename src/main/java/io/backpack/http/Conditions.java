package io.backpack.http;

import io.backpack.api.PhotoInfo;
import io.backpack.api.RangeRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The conditions of a read, in the order of precedence of RFC 9110, section 13.2.2, and the range
 * it asks for. A field is null when the header is not there.
 */
record Conditions(
    String ifMatch,
    String ifUnmodifiedSince,
    String ifNoneMatch,
    String ifModifiedSince,
    String ifRange) {
  enum Verdict {
    PROCEED,
    NOT_MODIFIED,
    FAILED
  }

  private static final Pattern RANGE =
      Pattern.compile("bytes\\s*=\\s*(\\d*)\\s*-\\s*(\\d*)", Pattern.CASE_INSENSITIVE);

  /** More digits than this are beyond any photo. */
  private static final int DIGITS = 18;

  static Conditions of(MultiMap headers) {
    return new Conditions(
        headers.get(HttpHeaders.IF_MATCH),
        headers.get(Headers.IF_UNMODIFIED_SINCE),
        headers.get(HttpHeaders.IF_NONE_MATCH),
        headers.get(HttpHeaders.IF_MODIFIED_SINCE),
        headers.get(Headers.IF_RANGE));
  }

  boolean none() {
    return ifMatch == null
        && ifUnmodifiedSince == null
        && ifNoneMatch == null
        && ifModifiedSince == null
        && ifRange == null;
  }

  Verdict judge(PhotoInfo info) {
    if (ifMatch != null) {
      if (!matches(ifMatch, info.etag(), false)) {
        return Verdict.FAILED;
      }
    } else if (ifUnmodifiedSince != null
        && HttpDate.parse(ifUnmodifiedSince)
            .map(date -> seconds(info).isAfter(date))
            .orElse(false)) {
      return Verdict.FAILED;
    }
    if (ifNoneMatch != null) {
      return matches(ifNoneMatch, info.etag(), true) ? Verdict.NOT_MODIFIED : Verdict.PROCEED;
    }
    boolean unmodified =
        ifModifiedSince != null
            && HttpDate.parse(ifModifiedSince)
                .map(date -> !seconds(info).isAfter(date))
                .orElse(false);
    return unmodified ? Verdict.NOT_MODIFIED : Verdict.PROCEED;
  }

  /**
   * Whether {@code If-Range} lets a range be answered: the client has a part of this very photo.
   */
  boolean rangeApplies(PhotoInfo info) {
    if (ifRange == null) {
      return true;
    }
    String validator = ifRange.strip();
    return validator.startsWith("\"") || validator.startsWith("W/")
        ? validator.equals(info.etag())
        : HttpDate.parse(validator).map(date -> date.equals(seconds(info))).orElse(false);
  }

  private static Instant seconds(PhotoInfo info) {
    return info.version().time().truncatedTo(ChronoUnit.SECONDS);
  }

  /** Whether a list of entity tags has this one; {@code weak} also takes those that begin W/. */
  private static boolean matches(String list, String etag, boolean weak) {
    for (String member : list.split(",", -1)) {
      String tag = member.strip();
      if (tag.equals("*")
          || tag.equals(etag)
          || weak && tag.startsWith("W/") && tag.substring(2).equals(etag)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The one range that is asked for. Several ranges, other units and malformed ones are as if the
   * header were not there, which the RFC allows: the answer is then the whole photo.
   *
   * @param header may be null
   */
  static Optional<RangeRequest> range(String header) {
    if (header == null) {
      return Optional.empty();
    }
    Matcher matcher = RANGE.matcher(header.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long first = number(matcher.group(1));
    long last = number(matcher.group(2));
    if (first < 0 && last < 0 || first >= 0 && last >= 0 && last < first) {
      return Optional.empty();
    }
    return Optional.of(new RangeRequest(first, last));
  }

  private static long number(String digits) {
    if (digits.isEmpty()) {
      return -1;
    }
    return digits.length() > DIGITS ? Long.MAX_VALUE / 2 : Long.parseLong(digits);
  }
}
