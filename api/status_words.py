"""What the status page says, in both languages."""

from collections.abc import Mapping

from domain.caller import Locale
from domain.health import PlatformState
from domain.platform import Absence

WORDS: Mapping[Locale, Mapping[str, str]] = {
    Locale.ZH_HANS: {
        "title": "通办 · 各平台运行状况",
        "switch": "English",
        "other": "en",
        "updated": "更新时间",
        "window": "依据最近五分钟内向各平台的查询。",
        "away": "目前读不到运行数据，下面只列出已知的平台和电话。请稍后再试。",
        "unread": "已接入",
        "answers": "半数应答在 {} 秒内，95% 在 {} 秒内",
        "failed": "失败 {}",
        "declined": "拒绝 {} 次",
        "drifted": "格式不符 {} 次",
        "comma": "；",
        "since": "（自 {}）",
        "hotline": "咨询电话",
    },
    Locale.EN: {
        "title": "Tongban: how platforms are doing",
        "switch": "简体中文",
        "other": "zh-Hans",
        "updated": "Last updated",
        "window": "From the questions put to each platform in the last five minutes.",
        "away": "No figures can be read now: below is only which platforms there are, and whom to call. Please try again later.",
        "unread": "Connected",
        "answers": "half of the answers within {} s, 95% within {} s",
        "failed": "{} failed",
        "declined": "{} declined",
        "drifted": "{} answers in another form",
        "comma": "; ",
        "since": ", since {}",
        "hotline": "Hotline",
    },
}
STATES: Mapping[PlatformState, Mapping[Locale, tuple[str, str]]] = {
    PlatformState.DOWN: {
        Locale.ZH_HANS: ("中断", "多次失败，暂停查询，每半分钟试一次。您已有的事项仍可查看，但可能不是最新的。"),
        Locale.EN: (
            "Down",
            "Failed too often, and is tried again every half minute. What is known of your cases is still shown; it may be old.",
        ),
    },
    PlatformState.FAILING: {
        Locale.ZH_HANS: ("不稳定", "部分查询失败、被拒绝，或应答与约定的格式不符。"),
        Locale.EN: ("Failing", "Some questions fail, are declined, or are answered in a form that was not agreed."),
    },
    PlatformState.SLOW: {
        Locale.ZH_HANS: ("缓慢", "应答较慢，列表可能先显示已知的内容。"),
        Locale.EN: ("Slow", "Answers come late; lists may show what was known before."),
    },
    PlatformState.OPERATIONAL: {
        Locale.ZH_HANS: ("正常", ""),
        Locale.EN: ("Operational", ""),
    },
    PlatformState.UNKNOWN: {
        Locale.ZH_HANS: ("暂无数据", "最近五分钟没有人查询。"),
        Locale.EN: ("Unknown", "Nobody asked in the last five minutes."),
    },
    PlatformState.NOT_CONNECTED: {
        Locale.ZH_HANS: ("未接入", "这些系统中的事项不会出现在您的列表里。"),
        Locale.EN: ("Not connected", "Cases of these systems are never in your list."),
    },
}
"""Its name, and what it means for a citizen."""

ABSENCES: Mapping[Absence, Mapping[Locale, str]] = {
    Absence.NO_INTERFACE: {Locale.ZH_HANS: "没有接口", Locale.EN: "It has no interface"},
    Absence.NOT_AGREED: {Locale.ZH_HANS: "尚未达成协议", Locale.EN: "There is no agreement yet"},
    Absence.PREPARING: {Locale.ZH_HANS: "正在接入", Locale.EN: "It is being connected"},
    Absence.ENDED: {Locale.ZH_HANS: "已停止接入", Locale.EN: "It was connected, and is no more"},
    Absence.NO_ACCESS: {Locale.ZH_HANS: "本服务没有访问权限", Locale.EN: "This service has no access"},
    Absence.BROKEN: {Locale.ZH_HANS: "接入说明有误", Locale.EN: "Its description has an error"},
}
