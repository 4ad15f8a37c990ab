"""The one page a person sees: whom to be."""

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from simulator.personas import PERSONAS, Persona

_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>统一身份认证（模拟）</title>
<style>
 body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#222}}
 h1{{font-size:1.25rem}} p{{color:#555}}
 a{{display:block;padding:.75rem 1rem;margin:.5rem 0;border:1px solid #ccc;border-radius:.5rem;
   color:inherit;text-decoration:none}}
 a:hover,a:focus{{border-color:#1661ab;background:#f2f7fc}} small{{display:block;color:#555}}
</style>
<h1>以谁的身份登录？ Sign in as</h1>
<p>Nobody here exists. {client} asks to know who you are.</p>
{choices}
</html>
"""


def sign_in(query: Mapping[str, str]) -> str:
    """The page for an authorisation request: each persona is a link that repeats it and names the persona."""
    choices = "\n".join(_choice(persona, query) for persona in PERSONAS.values())
    return _PAGE.format(client=escape(query["client_id"]), choices=choices)


def _choice(persona: Persona, query: Mapping[str, str]) -> str:
    href = escape("/authorize?" + urlencode({**query, "persona": persona.name}))
    name, title = escape(persona.holder.name), escape(persona.title)
    return f'<a href="{href}"><b>{name}</b> {persona.name}<small>{title}</small></a>'
