package io.backpack.chaos;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassReader;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassWriter;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.MethodVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Opcodes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.InstantSource;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Lets the clocks of versions go by {@link TurnedTime} in a Backpack process. Nothing else of the
 * program depends on the time of day. (libfaketime, which turns the clock of a whole process, lets
 * a JVM with many threads spin.)
 */
public final class ClockAgent {
  private static final String VERSION_CLOCK = "io/backpack/api/VersionClock";
  private static final String SOURCE = InstantSource.class.getName().replace('.', '/');
  private static final String TURNED = TurnedTime.class.getName().replace('.', '/');

  private ClockAgent() {}

  /**
   * Called by Java before the program's main method.
   *
   * @param file says how many seconds the clock is off
   */
  public static void premain(String file, Instrumentation jvm) {
    TurnedTime.goBy(Path.of(file));
    jvm.addTransformer(
        new ClassFileTransformer() {
          @Override
          public byte[] transform(
              ClassLoader loader,
              String name,
              Class<?> redefined,
              ProtectionDomain domain,
              byte[] bytes) {
            return VERSION_CLOCK.equals(name) ? turned(bytes) : null;
          }
        });
  }

  private static byte[] turned(byte[] bytes) {
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(bytes)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String type, String signature, String[] exceptions) {
                return new Turner(super.visitMethod(access, name, type, signature, exceptions));
              }
            },
            0);
    return writer.toByteArray();
  }

  /** Replaces {@code source.millis()} by {@code TurnedTime.millis(source)}. */
  private static final class Turner extends MethodVisitor {
    Turner(MethodVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String type, boolean isInterface) {
      if (owner.equals(SOURCE) && name.equals("millis")) {
        super.visitMethodInsn(Opcodes.INVOKESTATIC, TURNED, "millis", "(L" + SOURCE + ";)J", false);
      } else {
        super.visitMethodInsn(opcode, owner, name, type, isInterface);
      }
    }
  }

  /** Writes the jar that {@code -javaagent} wants. */
  static void write(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Premain-Class", ClockAgent.class.getName());
    attributes.put(
        Attributes.Name.CLASS_PATH,
        ArchConfiguration.class.getProtectionDomain().getCodeSource().getLocation().toString());
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, manifest)) {
      for (Class<?> each : new Class<?>[] {ClockAgent.class, TurnedTime.class, Turner.class}) {
        add(entries, each.getName());
      }
      // The two without a name.
      add(entries, ClockAgent.class.getName() + "$1");
      add(entries, ClockAgent.class.getName() + "$2");
    }
  }

  private static void add(JarOutputStream entries, String name) throws IOException {
    String path = name.replace('.', '/') + ".class";
    entries.putNextEntry(new JarEntry(path));
    try (InputStream bytes = ClockAgent.class.getClassLoader().getResourceAsStream(path)) {
      bytes.transferTo(entries);
    }
    entries.closeEntry();
  }
}
