"""Faults of the knowledge in the words of editors. What has no words here is shown as it is."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = (
    (r"card '(.+)' exists already in (.+)/", r"Đã có câu trả lời tên “\1” ở chủ đề “\2”."),
    (r"id '(.+)' is not the file's name", r"Tên “\1” không khớp với tên tệp."),
    (r"numbered steps stand before the headings", "Các bước phải đứng trước phần “Đừng” và “Lưu ý”."),
    (r"text after the steps needs a heading", "Có dòng chữ sau các bước mà không thuộc phần nào."),
    (r"no lead paragraph", "Thiếu câu trả lời mở đầu."),
    (r"unknown heading '(.+?)'.*", r"Không có phần nào tên “\1”."),
    (r"a line under '## Đừng' begins with .*", "Mỗi dòng ở phần “Đừng” bắt đầu bằng “Đừng” hoặc “Không”."),
    (r"body of (\d+) characters, at most (\d+)", r"Nội dung dài \1 ký tự, tối đa \2: người dân đọc trên điện thoại."),
    (r"(\d+) steps, at most (\d+)", r"Có \1 bước, tối đa \2."),
    (r"(\d+) variants, at least (\d+)", r"Có \1 cách hỏi, cần ít nhất \2 cách mà người dân hay gõ."),
    (r"variant '(.+)' stands also in card '(.+)'", r"Cách hỏi “\1” đã có ở câu trả lời “\2”."),
    (r"related: unknown card '(.+)'", r"Không có câu trả lời liên quan tên “\1”."),
    (r"unknown picture '(.+)'", r"Không có hình “\1”."),
    (r"image: alt says in words.*in 1 to (\d+) characters", r"Hình cần lời mô tả từ 1 đến \1 ký tự."),
    (r"a reviewed card says by whom and when", "Thiếu người duyệt hoặc ngày duyệt."),
    (r"a card without a source", "Chưa có nguồn: mỗi câu trả lời phải dẫn ít nhất một văn bản."),
    (r"unknown source '(.+)'", r"Không tìm thấy nguồn “\1”."),
    (r"(.+) was repealed \((.+)\) and is shown as current", r"\1 đã hết hiệu lực (\2) mà được dẫn như đang áp dụng."),
    (
        r"a card may not cite what is only remembered",
        "Có nguồn ghi theo trí nhớ, chưa đối chiếu: không được dẫn.",
    ),
    (r"disputed or unsourced advice needs a '## Lưu ý'", "Nguồn còn khác nhau hoặc chưa rõ: cần thêm phần “Lưu ý”."),
    (r"a card needs at least one sourced section", "Cần ít nhất một nguồn có xuất xứ rõ ràng."),
    (r"marker \[(\d+)\] has no source", r"Dấu [\1] không ứng với nguồn nào."),
    (r"figure without a source: (.+)", r"Con số chưa dẫn nguồn: \1."),
    (r"figure (.+) does not occur in the cited sources", r"Con số \1 không có trong nguồn được dẫn."),
    (r"(.+) is repealed and shown as current", r"\1 đã hết hiệu lực mà được nói như đang áp dụng."),
    (r"outdated \((.+?)\): now (.+)", r"Nội dung đã cũ (\1). Nay: \2."),
    (r"(\w+): unknown document '(.+)'", r"Mục \1 nhắc văn bản “\2” chưa có trong kho."),
    (r"a heading needs an \{#anchor\}", "Tiêu đề mục thiếu mã neo dạng {#dieu-1}."),
    (r"text before the first heading", "Có chữ đứng trước tiêu đề mục đầu tiên."),
    (r"attribute line is not YAML", "Dòng thuộc tính trong ngoặc nhọn viết sai."),
    (r"repeated anchor #(.+)", r"Mã neo #\1 bị lặp."),
    (r"no front matter between two lines of ---", "Thiếu phần đầu giữa hai dòng ---."),
    (r"repeated key '(.+)'", r"Mục “\1” bị ghi hai lần."),
    (r"the metadata is not a mapping", "Phần đầu giữa hai dòng --- viết sai."),
    (r"YAML: (.+)", r"Phần đầu viết sai cú pháp: \1."),
    (r"(.+): Field required", r"Thiếu mục “\1”."),
    (r"(.+): Extra inputs are not permitted", r"Không có mục nào tên “\1”."),
    (r"(.+): Input should be a valid (.+)", r"Mục “\1” ghi sai kiểu, cần: \2."),
)
_COMPILED: Final = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in _WORDS)


def in_vietnamese(message: str) -> str:
    """Return a fault's message in Vietnamese, or as it is where there are no words for it.

    >>> in_vietnamese("5 variants, at least 8")
    'Có 5 cách hỏi, cần ít nhất 8 cách mà người dân hay gõ.'
    """
    for pattern, words in _COMPILED:
        if match := pattern.fullmatch(message):
            return match.expand(words)
    return message
