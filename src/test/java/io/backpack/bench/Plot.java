package io.backpack.bench;

import java.util.List;

/**
 * A diagram of a row's points.
 *
 * @param x what the first column is
 * @param y what the others are
 * @param lines a title per column after the first
 * @param logX whether the first column is drawn logarithmically, as is {@code logY} for the others
 */
record Plot(String x, String y, List<String> lines, boolean logX, boolean logY) {
  Plot {
    lines = List.copyOf(lines);
  }

  /** The gnuplot program that draws it from a file of columns. */
  String script(String title, String data, String png) {
    StringBuilder out = new StringBuilder();
    out.append("set terminal pngcairo size 640,360 font 'sans,9'\n");
    out.append("set output '").append(png).append("'\n");
    out.append("set title '").append(title.replace("'", "")).append("'\n");
    out.append("set xlabel '").append(x).append("'\n");
    out.append("set ylabel '").append(y).append("'\n");
    out.append("set grid\nset key outside below\n");
    out.append(logX ? "set logscale x\n" : "");
    out.append(logY ? "set logscale y\n" : "set yrange [0:*]\n");
    out.append("plot ");
    for (int i = 0; i < lines.size(); i++) {
      out.append(i == 0 ? "" : ", ")
          .append('\'')
          .append(data)
          .append("' using 1:")
          .append(i + 2)
          .append(" with linespoints lw 2 title '")
          .append(lines.get(i))
          .append('\'');
    }
    return out.append('\n').toString();
  }
}
