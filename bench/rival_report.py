"""The results of bench/rivals.py as a table and as a picture."""

import html
import statistics

OWN = "etllm"


def is_time(test):
    return test.endswith("ms")


def ratio(test, values, own):
    """The median over the rounds of how many times as fast etllm was."""
    pairs = zip(values, own)
    return statistics.median(
        v / o if is_time(test) else o / v for v, o in pairs)


def cell(test, values, own):
    text = (f"{statistics.median(values):.1f} "
            f"({min(values):.1f}-{max(values):.1f})")
    if own is None or values is own:
        return text
    return f"{text}, {ratio(test, values, own):.2f}x"


def print_table(title, names, results, rss):
    print(f"| {title} | {' | '.join(names)} |")
    print("| --- |" + " --- |" * len(names))
    for test, values in results.items():
        cells = [cell(test, values[n], values.get(OWN)) if n in values else ""
                 for n in names]
        print(f"| {test} | {' | '.join(cells)} |")
    cells = [f"{rss[n]:.0f}" if n in rss else "" for n in names]
    print(f"| peak RSS, MB | {' | '.join(cells)} |")


def write_svg(path, title, names, results):
    """Bars of the medians, in shares of the fastest of each test."""
    width, bar, gap = 640, 14, 26
    lines, y = [], 40
    for test, values in results.items():
        if not test.endswith("tokens/s"):
            continue
        fastest = max(statistics.median(v) for v in values.values())
        label = test.split(",")[0]
        lines.append(f'<text x="10" y="{y}" font-weight="bold">{label}</text>')
        for name in names:
            if name not in values:
                continue
            y += bar + 4
            median = statistics.median(values[name])
            length = 360 * median / fastest
            color = "#2f6f4f" if name == OWN else "#9aa7b1"
            lines.append(
                f'<text x="10" y="{y}">{html.escape(name)}</text><rect x="190" '
                f'y="{y - bar + 3}" width="{length:.0f}" height="{bar}" '
                f'fill="{color}"/><text x="{195 + length:.0f}" y="{y}">'
                f'{median:.0f}</text>')
        y += gap
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{y}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{y}" fill="white"/>\n'
        f'<text x="10" y="18" font-size="14">{html.escape(title)}, tokens per '
        "second</text>\n" + "\n".join(lines) + "\n</svg>\n")
