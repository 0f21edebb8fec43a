"""A small knowledge folder that a test can break in one place."""

from pathlib import Path

DECREE = """---
id: nd-106-2025
number: 106/2025/NĐ-CP
type: Nghị định
title: Xử phạt về phòng cháy
issuer: Chính phủ
issued: 2025-05-15
effective: 2025-07-01
status: in_force
checked_on: 2026-11-21
trust: verified
---
## Điều 27 khoản 4: Báo cháy giả {#dieu-27-k4}
Báo cháy giả: 10–15 triệu đồng.

## Điều 99: Điều còn nhớ {#dieu-99}
{trust: memory}
Hình như là 7 triệu đồng.

## Điều 98: Nguồn lệch {#dieu-98}
{trust: disputed}
Về độ cao khi đi trong khói, có nơi nói 80 cm, có nơi nói 30 cm.
"""

REPEALED = """---
id: nd-144-2021
number: 144/2021/NĐ-CP
type: Nghị định
title: Nghị định cũ
issuer: Chính phủ
issued: 2021-12-31
effective: 2022-01-01
expires: 2025-07-01
status: repealed
replaced_by: [nd-106-2025]
checked_on: 2026-11-21
trust: verified
---
## Điều 42: Báo cháy giả {#dieu-42}
Báo cháy giả: 4–6 triệu đồng.
"""

CARD = """---
id: bao-chay-gia
question: Báo cháy giả bị phạt bao nhiêu?
variants: [báo cháy giả phạt sao, bao chay gia, đùa với 114, goi 114 choi, phá 114, báo giả, trêu tổng đài, goi dua]
audiences: [everyone]
sources:
  1: {document: nd-106-2025, at: dieu-27-k4}
review: {state: draft}
---
Phạt 10–15 triệu đồng. [1]

1. Nhầm thì gọi lại báo ngay.

## Đừng
- Không gọi 114 để đùa.
"""

EMERGENCY = """id: smoke
title: Khói
call: ["114"]
first_line: Gọi 114 ngay!
actions:
  - text: Cúi thấp.
    source: {document: nd-106-2025, at: dieu-27-k4}
"""


def write_knowledge(folder: Path) -> None:
    """Write a sound knowledge folder: two documents, one card, one emergency reply."""
    files = {
        "documents/nd-106-2025.md": DECREE,
        "documents/nd-144-2021.md": REPEALED,
        "answers/muc-phat/bao-chay-gia.md": CARD,
        "emergencies/smoke.yml": EMERGENCY,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
