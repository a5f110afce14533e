"""The result as Markdown: one line for each gate, then the figures behind it."""

import os
import platform

UNITS = {"per_s": "/s", "mib_s": " MiB/s"}


def figure(result):
    if "figure" in result:
        return result["figure"]
    return f"{result['ratio']:.3g} ({result['least']:.3g}–{result['most']:.3g})"


def reference(result):
    return f"÷ {result['rows'][-1]['name']}" if "rows" in result else result.get("note", "")


def details(result):
    lines = [f"\n{result['title']}, {result['repetitions']} repetitions, medians:\n",
             "| server | throughput | p99 ms | server CPU | most foreign CPU |",
             "|---|---|---|---|---|"]
    for row in result["rows"]:
        p99 = f"{row['p99_ms']:.3g}" if row["p99_ms"] is not None else ""
        if result["key"] == "mib_s":
            cpu = f"{row['cpu_s'] / (row['bytes'] / 2**30):.2f} s/GiB"
        else:
            cpu = f"{row['cpu_s'] / row['good'] * 1e6:.0f} µs each"
        lines.append(f"| {row['name']} | {row[result['key']]:,.0f}{UNITS[result['key']]} | {p99} | "
                     f"{cpu} | {row['foreign']:.0%} |")
    return lines


def table(results, seconds, quick):
    lines = [f"{'Quick look' if quick else 'Full run'}: {os.cpu_count()} cores, "
             f"{platform.system()} {platform.release()}, {seconds:.0f} s\n",
             "| gate | wanted | ratio, median (least–most) | of what | met |",
             "|---|---|---|---|---|"]
    for result in results:
        lines.append(f"| {result['title']} | {result['wanted']} | {figure(result)} | "
                     f"{reference(result)} | {'yes' if result['met'] else '**no**'} |")
    for result in results:
        if "rows" in result:
            lines += details(result)
    return "\n".join(lines)
