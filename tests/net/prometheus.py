"""The text format of Prometheus, read strictly, and the rules of `promtool check metrics`."""

import itertools
import math
import re
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
LABEL = rf'({NAME})="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
TYPES = ("counter", "gauge", "summary", "histogram")
BASE_UNITS = ("seconds", "bytes", "grams", "meters", "metres", "joules", "volts", "amperes",
              "celsius", "kelvin")
OTHER_UNITS = ("minutes", "hours", "days", "weeks", "kelvins", "fahrenheit", "rankine", "inches",
               "yards", "miles", "bits", "calories", "pounds", "ounces")
PREFIXES = ("pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi",
            "mega", "mibi", "giga", "gibi", "tera", "tebi", "peta", "pebi")
SCALED_UNITS = {prefix + unit for prefix, unit in itertools.product(PREFIXES, BASE_UNITS)}
ABBREVIATED = {"s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"}


@dataclass
class Family:
    """A metric: what is said of it, and its samples as (labels, value)."""

    help: str
    type: str
    samples: list = field(default_factory=list)


def _labels(text):
    found = re.findall(LABEL, text or "")
    assert len(dict(found)) == len(found), f"a label twice in {text}"
    return {name: re.sub(r'\\[\\"n]', lambda escape: ESCAPES[escape[0]], value)
            for name, value in found}


def read(text):
    """The families of a text by name; each begins with HELP and TYPE and stands in one place."""
    assert text.endswith("\n")
    lines = text.split("\n")[:-1]
    families, current = {}, None
    for line, following in zip(lines, [*lines[1:], ""]):
        if line.startswith("# HELP "):
            current, told = re.fullmatch(rf"# HELP ({NAME}) (.+)", line).groups()
            kind = re.fullmatch(rf"# TYPE {current} ({'|'.join(TYPES)})", following)
            assert kind and current not in families, line
            families[current] = Family(told, kind[1])
        elif not line.startswith("# TYPE "):
            sample = SAMPLE.fullmatch(line)
            assert sample and sample[1] == current, line
            value = float(sample[sample.re.groups])
            assert math.isfinite(value), line
            families[current].samples.append((_labels(sample[2]), value))
    for family in families.values():
        series = [tuple(sorted(labels.items())) for labels, _ in family.samples]
        assert len(set(series)) == len(series), f"a sample twice in {text}"
    return families


def lint(name, family):
    """What promtool would say of a metric."""
    words = name.lower().split("_")
    labels = {label for given, _ in family.samples for label in given}
    rules = {
        "no help text": not family.help,
        "no base unit": (SCALED_UNITS | set(OTHER_UNITS)) & set(words),
        "an abbreviated unit": ABBREVIATED & set(words[1:]),
        "a type in the name": set(TYPES) & set(words[1:]),
        "_total is for counters": (family.type == "counter") != name.endswith("_total"),
        "a reserved suffix": re.search("_(bucket|count|sum)$", name),
        "a reserved label": labels & {"le", "quantile"},
        "camelCase": any(re.search("[a-z][A-Z]", word) for word in {name, *labels}),
    }
    return [rule for rule, broken in rules.items() if broken]
