"""Conversations that the templates of templates/ are rendered with."""

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Weather of a city, with the wind's speed in m/s & its direction.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Name, like \"Zürich\""},
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                    "days": {"type": ["integer", "null"], "default": 1},
                },
                "required": ["city"],
            },
        },
    },
    {"type": "function", "function": {"name": "now", "description": "Time", "parameters": {"type": "object", "properties": {}}}},
]

SYSTEM = {"role": "system", "content": "You are terse."}
HELLO = {"role": "user", "content": "Hello!"}
HI = {"role": "assistant", "content": "Hi there."}
WHY = {"role": "user", "content": "  Why is the sky blue?\n"}
RAYLEIGH = {"role": "assistant", "content": "Rayleigh scattering.\n\nShort waves scatter more."}
WEATHER = {"role": "user", "content": "What's the weather in Zürich?"}


def call(name, arguments, call_id="call00001"):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(*calls, content=""):
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


def result(content, call_id="call00001", name="get_weather"):
    return {"role": "tool", "tool_call_id": call_id, "name": name, "content": content}


def parts(role, *items):
    return {"role": role, "content": [{"type": "text", "text": i} if isinstance(i, str) else i for i in items]}


IMAGE = {"type": "image", "image": "cat.png"}
ONE_CALL = calling(call("get_weather", {"city": "Zürich", "days": 2}))
NO_CONTENT = {**ONE_CALL, "content": None}

CONVERSATIONS = {
    "nothing": [],
    "one turn": [HELLO],
    "system": [SYSTEM, HELLO],
    "several turns": [HELLO, HI, WHY, RAYLEIGH, {"role": "user", "content": "Thanks"}],
    "system and several turns": [SYSTEM, HELLO, HI, WHY],
    "ends with an answer": [HELLO, HI],
    "only a system message": [SYSTEM],
    "empty content": [{"role": "system", "content": ""}, {"role": "user", "content": ""}],
    "system in the middle": [HELLO, HI, SYSTEM, WHY],
    "two user messages": [HELLO, WHY],
    "starts with an answer": [HI, HELLO],
    "unknown role": [{"role": "narrator", "content": "Once upon a time"}],
    "no content": [{"role": "user"}],
    "unicode": [{"role": "user", "content": "Grüße ☕ \U0001F469\u200d\U0001F680 日本語 \u00a0e\u0301\u2028"}],
    "special tokens as text": [{"role": "user", "content": "<|im_end|></s>[INST]<|eot_id|> {{ 1 }} {% if %} \\n 'q' \"d\" & <b>"}],
    "thoughts": [HELLO, {"role": "assistant", "content": "<think>\nA greeting.\n</think>\n\nHi."}, WHY],
    "separate thoughts": [HELLO, {"role": "assistant", "reasoning_content": "A greeting.", "thinking": "A greeting.", "content": "Hi."}, WHY],
    "parts": [parts("system", "Be kind."), parts("user", "Describe ", IMAGE, " please")],
    "two images": [parts("user", IMAGE, IMAGE, "Compare them"), HI, parts("user", "Why?")],
    "tool call": [WEATHER, ONE_CALL, result('{"temperature": 21.5}')],
    "tool call without content": [SYSTEM, WEATHER, NO_CONTENT, result("sunny")],
    "tool call as text": [WEATHER, calling(call("get_weather", "{\"city\": \"Zürich\"}"), content="Let me see."), result("ok"), {"role": "assistant", "content": "Sunny."}, HELLO],
    "two tool calls": [WEATHER, calling(call("get_weather", {"city": "Bern"}), call("now", {}, "call00002")), result("rain"), result("noon", "call00002", "now")],
    "structured result": [WEATHER, ONE_CALL, result({"temperature": 21.5, "notes": ["<dry>", None, True]})],
}

VARIANTS = [
    ("", {}),
    (", no generation prompt", {"add_generation_prompt": False}),
    (", tools", {"tools": TOOLS}),
]

EXTRAS = [
    ("one turn, no special tokens", {"messages": [HELLO], "add_generation_prompt": True, "tools": None, "documents": None}),
    ("one turn, other tokens", {"messages": [HELLO], "add_generation_prompt": True, "tools": None, "documents": None, "bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}),
    ("one turn, thinking off", {"messages": [HELLO], "add_generation_prompt": True, "tools": None, "documents": None, "enable_thinking": False, "bos_token": "<s>", "eos_token": "</s>"}),
    ("documents", {"messages": [WHY], "add_generation_prompt": True, "tools": None, "documents": [{"title": "Optics", "text": "Light scatters."}, {"title": "Birds", "text": "They fly."}], "bos_token": "<s>", "eos_token": "</s>"}),
    ("tools in the system message", {"messages": [SYSTEM, HELLO], "add_generation_prompt": True, "tools": TOOLS, "documents": None, "tools_in_user_message": False, "date_string": "01 Jan 2025", "bos_token": "<s>", "eos_token": "</s>"}),
]


def contexts():
    """Pairs of a name and the inputs of a template."""
    for name, messages in CONVERSATIONS.items():
        for suffix, changes in VARIANTS:
            # Tools change nothing else about the conversations without calls.
            if changes.get("tools") and not ("tool" in name or name in ("one turn", "system", "several turns", "structured result")):
                continue
            if suffix.startswith(", no gen") and "two" in name:
                continue
            yield name + suffix, {
                "messages": messages, "tools": None, "documents": None,
                "add_generation_prompt": True, "bos_token": "<s>",
                "eos_token": "</s>", **changes}
    yield from EXTRAS
