package io.backpack.testing;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.random.RandomGenerator;
import javax.imageio.ImageIO;

/** Real pictures, made from a seed. */
public final class Pictures {
  private Pictures() {}

  /**
   * A picture of some shapes and noise.
   *
   * @param format {@code jpg} or {@code png}
   * @param side width and height in pixels; noise makes a PNG about 3 bytes a pixel, a JPEG about 1
   */
  public static byte[] picture(RandomGenerator random, String format, int side) {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    Graphics2D graphics = image.createGraphics();
    for (int i = 0; i < 5; i++) {
      graphics.setColor(new Color(random.nextInt(1 << 24)));
      graphics.fillOval(
          random.nextInt(side), random.nextInt(side), random.nextInt(1, side), side / 3 + 1);
    }
    graphics.dispose();
    return encode(image, format);
  }

  private static byte[] encode(BufferedImage image, String format) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalArgumentException("no writer for " + format);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * An empty picture.
   *
   * @param format {@code jpg}, {@code png} or {@code gif}
   */
  public static byte[] blank(String format, int width, int height) {
    return encode(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format);
  }

  /** Bytes of exactly this size. */
  public static byte[] noise(RandomGenerator random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }
}
