import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Makes a set of photos: {@code java bench/Photos.java DIRECTORY COUNT SEED}. Sizes are lognormal with
 * a median of 12 KB, cut to 1.5-200 KB, as previews are; names are {@code II/NNNNNNN.jpg}, a hundred
 * directories.
 */
final class Photos {
  private Photos() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    int count = Integer.parseInt(args[1]);
    Random random = new Random(Long.parseLong(args[2]));
    for (int i = 0; i < 100; i++) {
      Files.createDirectories(directory.resolve(String.format("%02d", i)));
    }
    for (int i = 0; i < count; i++) {
      double size = 12_288 * Math.exp(0.7 * random.nextGaussian());
      byte[] bytes = new byte[(int) Math.max(1_536, Math.min(204_800, size))];
      random.nextBytes(bytes);
      bytes[0] = (byte) 0xff;
      bytes[1] = (byte) 0xd8;
      bytes[2] = (byte) 0xff;
      Files.write(directory.resolve(String.format("%02d/%07d.jpg", i % 100, i)), bytes);
    }
  }
}
