"""The texts of the tokenizers' goldens: the same ones at every run."""

import random

COUNT = 10_500

SENTENCES = [
    "All human beings are born free and equal in dignity and rights.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "Todos os seres humanos nascem livres e iguais em dignidade e em direitos.",
    "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.",
    "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren.",
    "Alla människor är födda fria och lika i värde och rättigheter.",
    "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan.",
    "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności.",
    "Všichni lidé se rodí svobodní a sobě rovní co do důstojnosti a práv.",
    "Minden emberi lény szabadon születik és egyenlő méltósága van.",
    "Toate ființele umane se nasc libere și egale în demnitate.",
    "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. İIıi",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm.",
    "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "Всі люди народжуються вільними і рівними у своїй гідності та правах.",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια. ΣΑΣ",
    "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق.",
    "تمام انسان‌ها آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق برابرند.",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है।",
    "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்.",
    "మానవులందరును స్వతంత్రులుగానే జన్మించినారు.",
    "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "ყველა ადამიანი იბადება თავისუფალი და თანასწორი.",
    "Բոլոր մարդիկ ծնվում են ազատ ու հավասար։",
    "人人生而自由，在尊严和权利上一律平等。",
    "すべての人間は、生まれながらにして自由であり、尊厳と権利とについて平等である。",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "ሰው፡ሁሉ፡ነጻ፡ሆኖ፡ይወለዳል፤ ᠬᠦᠮᠦᠨ ལ་ལ། ខ្មែរ မြန်မာ ລາວ",
    "We don't, I'll, they've, you're, I'm, he'd, IT'S, CAN'T, 'Tis o'clock's.",
]

CODE = [
    "def f(x):\n    return [i**2 for i in range(x) if i % 2 == 0]\n",
    "#include <vector>\nint main(int argc, char** argv) {\n\treturn 0;\r\n}\n",
    "SELECT a.id, COUNT(*) FROM t AS a WHERE a.x >= 10.5e-3 GROUP BY 1;",
    '{"key": [1, 2.50, -3e10, null, true], "s": "\\u00e9\\n"}',
    "<a href='https://example.org/?q=%20&b=1#x'>it's</a> <!-- no -->",
    "for (let i = 0; i < n; ++i) { s += `${a[i]}\\t`; } // 0xFF_FF",
    "\\begin{align} x_{1}^{2} &= \\frac{1}{2} \\\\ \\end{align}",
    "    \t  \n\n\n  - item\n  - [ ] todo **bold** _it_ ~~no~~ `code`\n",
    "ls -la | grep -E '^d' > /tmp/x 2>&1; echo $?",
]

ODDITIES = [
    "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪🇫🇷", "🏳️‍🌈", "❤️", "😀😀😀", "é", "é", "Å", "ﬁ",
    "½²³ⅧⅣ", "٣٤५६", "\u200b", "\u200d", "\ufeff", "\u00a0", "\u3000", "\u2028",
    "\u0085", "\u180e", "\u2003", "\u00ad", "\u0000", "\u0007", "▁", "▁▁", "Ġ",
    "ſ", "'ſ", "K", "ß", "ẞ", "ﷺ", "①", "ｆｕｌｌ　ｗｉｄｔｈ", "Ａ１", "゛", "ﾊﾟ",
    "\u0301", "a\u0327\u0301", "가", "가", "𝒜𝔅", "𠀀", "\U0001f16c",
    "\ue000", "\ufffd", "\ufffe", "㋿", "½", "²", "\u0378", "𖼀", "፩", "–—…“”‘’«»",
    "。、「」！？", "$€£₹", "+<=>^`|~", "<0x41>", "<unk>", "##", "</w>", "_", "ˀ",
]

SPECIALS = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<mask>",
    "[MASK]", "[CLS]", "<|im_start|>user\n", "Word", "word", "<tool>",
]

INVALID = [
    b"\x80", b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80",
    b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe0\x80\x80", b"\xf8\x88\x80\x80",
]


def sentence_part(rnd):
    sentence = rnd.choice(SENTENCES)
    begin = rnd.randrange(len(sentence))
    return sentence[begin : begin + rnd.randint(1, 24)]


def any_character(rnd):
    code = rnd.choice(
        [
            rnd.randrange(0x300),
            rnd.randrange(0x300, 0x3400),
            rnd.randrange(0x3400, 0xD800),
            rnd.randrange(0xE000, 0x11000),
            rnd.randrange(0x11000, 0x20000),
            rnd.randrange(0x20000, 0x32000),
        ]
    )
    return chr(code)


def piece(rnd):
    choice = rnd.randrange(12)
    if choice < 3:
        return sentence_part(rnd)
    if choice == 3:
        code = rnd.choice(CODE)
        begin = rnd.randrange(len(code))
        return code[begin : begin + rnd.randint(1, 30)]
    if choice == 4:
        return rnd.choice(ODDITIES) * rnd.choice([1, 1, 1, 3])
    if choice == 5:
        return rnd.choice(SPECIALS)
    if choice == 6:
        return rnd.choice(" \n\t\r") * rnd.choice([1, 1, 2, 3, 5, 17])
    if choice == 7:
        return "".join(rnd.choice("0123456789") for _ in range(rnd.randint(1, 9)))
    if choice == 8:
        return any_character(rnd)
    if choice == 9:
        return rnd.choice("abcXYZé日'-.,!?/#") * rnd.randint(1, 4)
    if choice == 10:
        return " " + rnd.choice(["the", "Hello", "world", "don't", "WE'RE", "x"])
    return rnd.choice([" ", "  ", "\n", "\n\n", " \n", ". ", ", ", "'", "(", ")"])


def fixed():
    yield from (s.encode() for s in SENTENCES + CODE + ODDITIES + SPECIALS)
    yield from INVALID
    yield b""
    for text in (" ", "a", "7", "\n", "é", "😀", "ab", "'s", "▁", "-", "\t "):
        for count in (2, 30, 31, 47, 48, 49, 60, 100, 700):
            yield (text * count).encode()
            yield (text * count + "x").encode()
    for text in SPECIALS:
        yield f"a{text}b".encode()
        yield f" {text} ".encode()
        yield f"  {text}\n{text}{text}".encode()


def strings():
    """`COUNT` byte strings; about 3% of them are not UTF-8."""
    rnd = random.Random(20240314)
    result = list(fixed())
    while len(result) < COUNT:
        text = "".join(piece(rnd) for _ in range(rnd.randint(1, 7))).encode()
        if rnd.random() < 0.03:
            at = rnd.randrange(len(text) + 1)
            text = text[:at] + rnd.choice(INVALID) + text[at:]
        result.append(text)
    return result
