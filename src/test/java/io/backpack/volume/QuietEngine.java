package io.backpack.volume;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** No log of the engine, where tests make it fail thousands of times. */
final class QuietEngine implements BeforeAllCallback, AfterAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    level(Level.OFF);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    level(null);
  }

  private static void level(Level level) {
    ((Logger) LoggerFactory.getLogger(VolumeSet.class.getPackageName())).setLevel(level);
  }
}
