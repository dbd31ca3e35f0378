# Documentation comments: what a block holds, and whether it fits its definition.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
from typing import TYPE_CHECKING, Dict, List, Optional

from .error import QAPISemError
from .source import QAPISourceInfo

if TYPE_CHECKING:
    from .entities import QAPISchemaFeature, QAPISchemaMember


class QAPIDocSection:
    """A section of a block; name is None for plain text."""

    def __init__(self, info: QAPISourceInfo, name: Optional[str] = None) -> None:
        self.info = info
        self.name = name
        self.text = ''


class QAPIDocArgSection(QAPIDocSection):
    """The text of a member or feature; member is None until that is known to exist."""

    def __init__(self, info: QAPISourceInfo, name: str) -> None:
        super().__init__(info, name)
        self.member: Optional['QAPISchemaMember'] = None


class QAPIDoc:
    """One block: of a definition when symbol is set, else free-form (then only body is used)."""

    def __init__(self, info: QAPISourceInfo, symbol: Optional[str] = None) -> None:
        self.info = info
        self.symbol = symbol
        self.body = QAPIDocSection(info)
        self.args: Dict[str, QAPIDocArgSection] = {}
        self.features: Dict[str, QAPIDocArgSection] = {}
        self.sections: List[QAPIDocSection] = []

    def has_section(self, name: str) -> bool:
        return any(section.name == name for section in self.sections)

    def summary(self) -> str:
        """The first sentence of the text, as plain text on one line; '' when there is none."""
        text = ' '.join(self.body.text.split('\n\n')[0].split())
        sentence = re.split(r'(?<=[.!?])\s+(?=[A-Z@`])', text)[0]
        return re.sub(r'(?<!\w)@(?=\w)|``', '', sentence)

    # ---- once the definition is known ----

    def connect_member(self, member: 'QAPISchemaMember') -> None:
        """A member without a description is given an empty one."""
        if member.name not in self.args:
            self.args[member.name] = QAPIDocArgSection(self.info, member.name)
        self.args[member.name].member = member

    def connect_feature(self, feature: 'QAPISchemaFeature') -> None:
        if feature.name not in self.features:
            raise QAPISemError(feature.info, f"feature '{feature.name}' lacks documentation")
        self.features[feature.name].member = feature

    def check(self, info: QAPISourceInfo, meta: str) -> None:
        """After everything is connected: refuse what describes something that is not there."""
        self._check_exist(info, self.args, 'member')
        self._check_exist(info, self.features, 'feature')
        for section in self.sections:
            if section.name == 'Returns' and meta != 'command':
                raise QAPISemError(info.at(section.info.line),
                                   "'Returns:' is only valid for commands")

    def _check_exist(self, info: QAPISourceInfo, described: Dict[str, QAPIDocArgSection],
                     what: str) -> None:
        bogus = [section for section in described.values() if section.member is None]
        if bogus:
            names = ', '.join(f"'{section.name}'" for section in bogus)
            plural, verb = ('s', 'do') if len(bogus) > 1 else ('', 'does')
            raise QAPISemError(info.at(bogus[0].info.line),
                               f"documented {what}{plural} {names} {verb} not exist")
