"""Where named files are looked up: ./configs first, then the shipped configs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath

from alliance_abm.datafiles import shipped_configs
from alliance_abm.problems import ConfigError, Problem, listed, nearest_name, shown
from alliance_abm.yaml_source import Source, read_yaml

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Shelf:
    """Files of one kind: those of a folder of ./configs, then of the shipped configs.

    `option` is what an error calls the place where a user names one; `reserved` are names that
    stand for no file.
    """

    folder: str
    kind: str
    option: str
    example: str
    reserved: tuple[str, ...] = ()

    def names(self) -> dict[str, FilePath]:
        """Files by name."""
        found: dict[str, FilePath] = {}
        for top in (FilePath("configs"), shipped_configs()):
            for path in sorted((top / self.folder).glob("*.yaml")):
                found.setdefault(path.stem, path)
        return {name: path for name, path in found.items() if name not in self.reserved}

    def find(self, name: str | FilePath) -> FilePath:
        """The file of a name or path; raises ConfigError with the nearest name."""
        text = str(name)
        if not text.strip() or "\0" in text:
            allowed = f"a path or a name such as {self.example}"
            raise ConfigError(f"{self.option}: the name is empty; allowed: {allowed}")
        if isinstance(name, FilePath) or "/" in text or "\\" in text or text.endswith(SUFFIXES):
            return FilePath(name)
        names = self.names()
        if text in names:
            return names[text]
        if FilePath(text).exists():
            return FilePath(text)
        known = [*self.reserved, *names]
        reason = f"no {self.kind} is named {shown(text)}"
        problem = Problem((), reason, f"a path or {listed(known)}", nearest_name(text, known))
        raise ConfigError(f"{self.option}: {problem.text()}")

    def read(self, path: FilePath, fields: Iterable[str]) -> Source:
        """The mapping in a file, with places; raises ConfigError for anything else."""
        return mapping_of(read_yaml(path), fields)


def mapping_of(source: Source, fields: Iterable[str]) -> Source:
    """The same source when it holds a mapping; raises ConfigError for anything else."""
    allowed = f"a mapping with {listed(fields)}"
    if source.data is None or source.data == {}:
        raise ConfigError(f"{source.name}: is empty; allowed: {allowed}")
    if not isinstance(source.data, dict):
        reason = f"{shown(source.data)} is not a mapping"
        raise ConfigError(f"{source.place(())}: {reason}; allowed: {allowed}")
    return source


CONFIGS = Shelf("", "config", "CONFIG", "baseline")
