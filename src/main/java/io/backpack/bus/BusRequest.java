package io.backpack.bus;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.RangeRequest;
import io.backpack.api.Trace;
import io.backpack.api.Version;
import io.vertx.core.MultiMap;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The headers of a request, written by the client and read by the service. */
record BusRequest(MultiMap headers) {
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

  static DeliveryOptions write(String action, PhotoAddress address, Trace trace) {
    DeliveryOptions options =
        new DeliveryOptions()
            .addHeader(BusProtocol.API, BusProtocol.API_VERSION)
            .addHeader(BusProtocol.ACTION, action)
            .addHeader(BusProtocol.NAME, address.name().value());
    if (!address.shard().isEmpty()) {
      options.addHeader(BusProtocol.SHARD, address.shard());
    }
    BusProtocol.addTrace(options, trace);
    return options;
  }

  static void write(DeliveryOptions headers, PutOptions put) {
    if (!put.contentType().isEmpty()) {
      headers.addHeader(BusProtocol.CONTENT_TYPE, put.contentType());
    }
    put.version().ifPresent(version -> headers.addHeader(BusProtocol.VERSION, version.hex()));
    if (put.replica()) {
      headers.addHeader(BusProtocol.REPLICA, "true");
    }
    if (put.ifAbsent()) {
      headers.addHeader(BusProtocol.IF_NONE_MATCH, "*");
    }
    for (Checksum checksum : put.checksums()) {
      headers.addHeader(header(checksum.algorithm()), checksum.hex());
    }
  }

  static void write(DeliveryOptions headers, RangeRequest range) {
    String first = range.first() < 0 ? "" : Long.toString(range.first());
    String last = range.last() < 0 ? "" : Long.toString(range.last());
    headers.addHeader(BusProtocol.RANGE, "bytes=" + first + "-" + last);
  }

  private static String header(Checksum.Algorithm algorithm) {
    return BusProtocol.CHECKSUM + algorithm.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Checks the version of the protocol.
   *
   * @return what is asked for
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST}
   */
  String action() {
    String api = BusProtocol.header(headers, BusProtocol.API);
    if (!api.equals(BusProtocol.API_VERSION)) {
      throw bad("the header 'api' must be " + BusProtocol.API_VERSION + ", it is '" + api + "'");
    }
    return BusProtocol.header(headers, BusProtocol.ACTION);
  }

  PhotoAddress address() {
    PhotoName name = PhotoName.of(BusProtocol.header(headers, BusProtocol.NAME));
    if (name.reserved()) {
      throw new BackpackException(
          ErrorCode.BAD_NAME, "the name '" + name + "' is reserved for the node's own pages");
    }
    return new PhotoAddress(BusProtocol.header(headers, BusProtocol.SHARD), name);
  }

  Trace trace() {
    return BusProtocol.trace(headers);
  }

  String authorization() {
    return BusProtocol.header(headers, BusProtocol.AUTHORIZATION);
  }

  PutOptions put() {
    String condition = BusProtocol.header(headers, BusProtocol.IF_NONE_MATCH);
    if (!condition.isEmpty() && !condition.equals("*")) {
      throw bad("the header 'if-none-match' can only be *");
    }
    List<Checksum> checksums = new ArrayList<>();
    for (Checksum.Algorithm algorithm : Checksum.Algorithm.values()) {
      String hex = headers.get(header(algorithm));
      if (hex != null) {
        checksums.add(new Checksum(algorithm, hex.toLowerCase(Locale.ROOT)));
      }
    }
    return new PutOptions(
        BusProtocol.header(headers, BusProtocol.CONTENT_TYPE),
        version(),
        BusProtocol.header(headers, BusProtocol.REPLICA).equals("true"),
        !condition.isEmpty(),
        checksums,
        trace());
  }

  DeleteOptions delete() {
    return new DeleteOptions(version(), trace());
  }

  GetOptions get() {
    String range = BusProtocol.header(headers, BusProtocol.RANGE);
    if (range.isEmpty()) {
      return new GetOptions(Optional.empty(), trace());
    }
    Matcher parts = RANGE.matcher(range);
    if (!parts.matches()) {
      throw bad("the header 'range' is one range as bytes=0-99");
    }
    return new GetOptions(
        Optional.of(new RangeRequest(number(parts.group(1)), number(parts.group(2)))), trace());
  }

  private Optional<Version> version() {
    return Optional.ofNullable(headers.get(BusProtocol.VERSION)).map(Version::parse);
  }

  private static long number(String digits) {
    return digits.isEmpty() ? -1 : Long.parseLong(digits);
  }

  private static BackpackException bad(String why) {
    return new BackpackException(ErrorCode.BAD_REQUEST, why);
  }
}
