"""What a client is told when something goes wrong: a code out of the published list, a message in its language, no more."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from domain.caller import Locale
from domain.errors import ErrorCode, Refusal
from mobile_contract.limits import NoDocument, TooMuch
from resolvers.failures import CODE_OF

log = logging.getLogger(__name__)

MESSAGES: Mapping[ErrorCode, Mapping[Locale, str]] = {
    ErrorCode.UNAUTHENTICATED: {Locale.ZH_HANS: "请先登录。", Locale.EN: "Please sign in first."},
    ErrorCode.ASSURANCE_TOO_LOW: {
        Locale.ZH_HANS: "请使用更高的实名认证等级登录。",
        Locale.EN: "Please sign in with a higher real-name level.",
    },
    ErrorCode.PAGE_SIZE: {Locale.ZH_HANS: "每页数量须在 0 到 100 之间。", Locale.EN: "first must be from 0 to 100."},
    ErrorCode.BAD_CURSOR: {
        Locale.ZH_HANS: "翻页位置无效，请从第一页重新开始。",
        Locale.EN: "This is not a cursor of this list.",
    },
    ErrorCode.BAD_ID: {Locale.ZH_HANS: "编号无效。", Locale.EN: "This is not an id of the kind that is meant here."},
    ErrorCode.BAD_INPUT: {Locale.ZH_HANS: "提交的内容不符合要求。", Locale.EN: "This input is not as described."},
    ErrorCode.BAD_REQUEST: {Locale.ZH_HANS: "请求无效。", Locale.EN: "The request is not valid."},
    ErrorCode.LIMIT_EXCEEDED: {Locale.ZH_HANS: "请求超出限制。", Locale.EN: "This asks for more than is answered."},
    ErrorCode.RATE_LIMITED: {
        Locale.ZH_HANS: "操作过于频繁，请稍后再试。",
        Locale.EN: "Too much was asked in a short time; please wait a little.",
    },
    ErrorCode.UNKNOWN_CLIENT: {Locale.ZH_HANS: "此应用尚未登记。", Locale.EN: "This app is not registered here."},
    ErrorCode.SUSPENDED_CLIENT: {Locale.ZH_HANS: "此应用已暂停服务。", Locale.EN: "This app is suspended for now."},
    ErrorCode.OUT_OF_SCOPE: {Locale.ZH_HANS: "此应用无权进行该操作。", Locale.EN: "This app may not do this."},
    ErrorCode.NOT_REGISTERED: {
        Locale.ZH_HANS: "此应用只能发送已登记的操作。",
        Locale.EN: "Only registered operations are answered here.",
    },
    # To the letter, in every language: Apollo's clients look for it.
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: dict.fromkeys(Locale, "PersistedQueryNotFound"),
    ErrorCode.INTROSPECTION_CLOSED: {
        Locale.ZH_HANS: "此处不提供接口结构查询。",
        Locale.EN: "The schema is not described here.",
    },
    ErrorCode.NOT_FOUND: {Locale.ZH_HANS: "没有找到相应的内容。", Locale.EN: "There is no such thing among yours."},
    ErrorCode.UNAVAILABLE: {
        Locale.ZH_HANS: "服务暂时不可用，请稍后再试。",
        Locale.EN: "Not available now; please try again.",
    },
    ErrorCode.INTERNAL: {
        Locale.ZH_HANS: "服务出现问题，我们已记录。",
        Locale.EN: "Something went wrong here; it has been noted.",
    },
}


def message_of(code: ErrorCode, locale: Locale) -> str:
    """What people are told."""
    return MESSAGES[code][locale]


def presented(error: GraphQLError, locale: Locale) -> dict[str, Any]:
    """An error as the client sees it: path and place of the document, code, message. Nothing foreign gets through."""
    code = code_of(error)
    shown: dict[str, Any] = {"message": _message(error, code, locale), "extensions": {"code": code.value}}
    if isinstance(error.original_error, Refusal) and error.original_error.at:
        shown["extensions"]["at"] = error.original_error.at
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        shown["path"] = error.path
    return shown


def code_of(error: GraphQLError) -> ErrorCode:
    """The code of an error of the library's, which may carry one of ours or be about the request."""
    if isinstance(error, TooMuch):
        return ErrorCode.LIMIT_EXCEEDED
    original = error.original_error
    return ErrorCode.BAD_REQUEST if original is None or _of_the_request(error) else code_for(original, error.path or ())


def code_for(error: Exception, path: Iterable[str | int]) -> ErrorCode:
    """The code of what the field at `path` raised. What nobody foresaw is logged, by its type and place."""
    if isinstance(error, Refusal):
        return error.code
    for foreign, code in CODE_OF.items():
        if isinstance(error, foreign):
            return code
    log.error("a field failed", exc_info=error, extra={"path": ".".join(str(step) for step in path)})
    return ErrorCode.INTERNAL


def _of_the_request(error: GraphQLError) -> bool:
    """Whether the library objects to a variable, at the start or where a field takes it, and not to what a field gave.

    A ValueError before anything was run is Python's, of a literal such as a number of 5000 digits.
    """
    original = error.original_error
    if original is None:
        return True
    if isinstance(original, GraphQLError):
        return error.path is None or bool(original.nodes)
    return error.path is None and isinstance(original, ValueError)


def _message(error: GraphQLError, code: ErrorCode, locale: Locale) -> str:
    """A document's own faults are explained in English, as every GraphQL tool words them; the rest in the caller's language."""
    worded_here = code in (ErrorCode.BAD_REQUEST, ErrorCode.LIMIT_EXCEEDED)
    ours_to_show = worded_here and not isinstance(error.original_error, ValueError)
    return error.message if ours_to_show else message_of(code, locale)


def closed(error: GraphQLError) -> GraphQLError:
    """The same without what it tells of the schema: guess by guess, the library's texts tell what introspection does not."""
    if isinstance(error, TooMuch | NoDocument | GraphQLSyntaxError) or not _of_the_request(error):
        return error
    return GraphQLError(
        "The document or its variables do not fit the schema.",
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
    )
