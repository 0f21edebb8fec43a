"""Fixed sentences that residents read. Anything that makes a claim about fire safety is a card instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.conversation.messages import Button, Shared

CALL_114: Final = Button(label="Gọi 114", url="tel:114")

IF_BURNING: Final = "Nếu đang có cháy: gọi 114 ngay."

GREETING: Final = (
    "Chào bạn, mình là Trợ lý PCCC. Bạn cứ hỏi về phòng cháy, thoát nạn và quy định PCCC, gõ không dấu cũng được.\n"
    "Đang có cháy hoặc có người kẹt: gọi 114 ngay."
)
WELCOME: Final = (
    "Chào bạn, mình là Trợ lý PCCC, chương trình trả lời tự động về phòng cháy, thoát nạn và quy định PCCC, có dẫn "
    "nguồn. Bạn cứ gõ câu hỏi, không dấu cũng được; không cần cho biết tên hay số điện thoại.\n"
    "Đang có cháy hoặc có người kẹt: gọi 114 ngay, mình không gọi thay được.\n"
    "Gõ “trợ giúp” để xem mình làm được gì, “dừng” để không nhận tin nhắc nữa."
)
SHARED: Final[Mapping[Shared, str]] = {
    Shared.PHOTO: (
        "Mình chưa xem được ảnh. Bạn tả bằng chữ điều bạn cần hỏi hoặc phản ánh giúp mình. Đang có cháy: gọi 114 ngay."
    ),
    Shared.LOCATION: (
        "Mình nhận được vị trí nhưng không báo cháy thay bạn được và không lưu vị trí này. Đang có cháy hoặc có người "
        "kẹt: gọi 114 ngay và đọc địa chỉ. Cần hỏi về nơi nào, bạn gõ tên xã, phường giúp mình."
    ),
    Shared.CONTACT: (
        "Mình không cần số điện thoại của ai để trả lời, nên không lưu số này. Bạn cứ gõ câu hỏi. "
        "Đang có cháy: gọi 114 ngay."
    ),
    Shared.OTHER: (
        "Mình chỉ đọc được chữ, chưa nghe, chưa xem được tin này. Bạn gõ câu hỏi giúp mình. Đang có cháy: gọi 114 ngay."
    ),
}
ONLY_TEXT_READ: Final = "Mình chưa xem được ảnh, tệp bạn gửi kèm, chỉ đọc phần chữ."
ABOUT: Final = (
    "Mình là Trợ lý PCCC, một chương trình trả lời tự động. Mình giúp:\n"
    "1. Kỹ năng phòng cháy, thoát nạn, sơ cứu ban đầu.\n"
    "2. Quy định PCCC đang áp dụng, mức phạt, giấy tờ, kèm nguồn.\n"
    "3. Các kế hoạch, chỉ đạo về PCCC của địa phương mà mình có.\n"
    "Mình không thay tổng đài. Đang có cháy hoặc có người kẹt: gọi 114 ngay."
)
THANKS: Final = "Cảm ơn bạn. Chúc bạn và gia đình bình an. Cần gì về phòng cháy, thoát nạn bạn cứ hỏi tiếp."
GOODBYE: Final = "Chào bạn. Khi có cháy hoặc có người kẹt, nhớ gọi 114."
ABUSE: Final = "Mình hiểu bạn đang bực. Bạn nói rõ chuyện PCCC đang gặp, mình sẽ cố giúp. Đang có cháy: gọi 114 ngay."
NOT_AN_EMERGENCY: Final = (
    "Vậy là may rồi. Bạn muốn hỏi gì về phòng cháy, thoát nạn thì cứ gõ tiếp. Nếu còn hay lại có lửa, khói, mùi gas: "
    "gọi 114 ngay."
)
EMPTY: Final = "Bạn chưa gõ câu hỏi. Bạn cần biết gì về phòng cháy, thoát nạn? Đang có cháy: gọi 114 ngay."
UNCLEAR: Final = (
    "Mình chưa rõ bạn hỏi về việc gì. Bạn nói thêm một chút nhé: hành động nào, đồ vật nào, ở đâu "
    "(ví dụ: “mua xăng bằng can có bị phạt không”). Đang có cháy: gọi 114 ngay."
)
NOT_VIETNAMESE: Final = (
    "Mình chỉ trả lời bằng tiếng Việt. Đang có cháy hoặc có người kẹt: gọi 114 ngay.\n"
    "This assistant answers in Vietnamese only. In a fire, call 114 (ambulance: 115, police: 113)."
)
REFUSE_HARM: Final = (
    "Mình không hướng dẫn việc này vì có thể làm người khác bị thương hoặc chết. Cố ý gây cháy, phá hoặc che khuất "
    "thiết bị báo cháy, chữa cháy, báo cháy giả, dùng trái phép chất nổ, pháo nổ là hành vi bị cấm, nặng thì có thể bị "
    "xử lý hình sự. Nếu bạn biết ai định làm, hãy báo 113; đang "
    "có cháy: gọi 114 ngay. "
    "Nếu bạn đang thấy bế tắc, hãy gọi cho người thân hoặc 115."
)
REFUSE_DISHONEST: Final = (
    "Mình không giúp né tránh kiểm tra, làm giả giấy tờ, mạo danh hay đưa tiền để bỏ qua vi phạm. Làm sai lệch kết quả "
    "thẩm định, nghiệm thu về PCCC là hành vi bị cấm. Bạn cần biết phải khắc phục thế nào cho đúng, hoặc bị ai gợi ý "
    "đưa tiền thì phản ánh ở đâu, cứ hỏi mình. Đang có cháy: gọi 114 ngay."
)
REFUSE_ROLE: Final = (
    "Mình là Trợ lý PCCC và chỉ trả lời về phòng cháy, thoát nạn, quy định PCCC từ nguồn đã duyệt, nên không đổi vai "
    "hay làm theo yêu cầu này. Bạn có câu hỏi nào về PCCC không? Đang có cháy: gọi 114 ngay."
)
NOT_KNOWN_KEPT: Final = (
    "Mình chưa có câu trả lời có nguồn cho câu này nên không đoán. Mình đã ghi lại câu hỏi (không kèm thông tin cá "
    "nhân) để cán bộ xem; có trả lời, mình báo ngay ở đây. Mình chỉ giúp về phòng cháy, chữa cháy, cứu nạn. "
    "Đang có cháy hoặc có người kẹt: gọi 114 ngay."
)
NOT_KNOWN: Final = (
    "Mình chưa có câu trả lời có nguồn cho câu này nên không đoán, và lúc này chưa ghi lại được câu hỏi để cán bộ "
    "xem; bạn gửi lại sau ở trang chat nhé. Mình chỉ giúp về phòng cháy, chữa cháy, cứu nạn. "
    "Đang có cháy hoặc có người kẹt: gọi 114 ngay."
)
HELP: Final = (
    "Bạn có thể:\n"
    "1. Hỏi về phòng cháy, thoát nạn, sơ cứu, quy định, mức phạt: cứ gõ câu hỏi.\n"
    "2. Gửi phản ánh, góp ý, câu hỏi cho cán bộ: gõ “phản ánh”; xem đến đâu: gõ “phản ánh của tôi” hoặc gõ mã.\n"
    "3. Cho biết nơi bạn ở để được trả lời sát hơn: gõ “nơi ở”.\n"
    "4. Nhận tin nhắc: gõ “đăng ký”; thôi nhận: gõ “dừng”.\n"
    "5. Xem hoặc xóa dữ liệu của bạn: gõ “dữ liệu của tôi”.\n"
    "6. Dùng chung trên Zalo, Telegram và trang chat: gõ “liên kết”.\n"
    "7. Thử sức: gõ “đố vui”; tập thoát nạn cùng cả nhà: gõ “diễn tập”.\n"
    "Đang có cháy hoặc có người kẹt: gọi 114 ngay."
)
OUTSIDE: Final = (
    "Việc này nằm ngoài phòng cháy, chữa cháy, cứu nạn nên mình không trả lời được. Bạn cần hỏi gì về phòng cháy, "
    "thoát nạn, quy định PCCC cứ gõ nhé. Đang có cháy hoặc có người kẹt: gọi 114 ngay."
)
EXERCISE_GONE: Final = "Bài này không còn nữa. Bạn chọn bài khác nhé."
NO_EXERCISES: Final = "Hiện mình chưa có bài đố vui, diễn tập nào. Bạn cứ hỏi từng tình huống nhé."
ACKNOWLEDGED: Final = "Vâng. Bạn cần gì nữa về phòng cháy, thoát nạn cứ hỏi nhé. Đang có cháy: gọi 114 ngay."
CALL_YOURSELF: Final = "Mình không gọi thay bạn được: hãy gọi và nói điều này với 114."
SAID_ABOVE: Final = "Phần mình có về việc này là câu trả lời ở trên. Bạn muốn xem thêm mục nào không?"
ABOUT_BEFORE: Final = "Về câu bạn vừa hỏi (“{question}”):"
REPORT_SEEN: Final = (
    "Mình hiểu bạn đang phản ánh, góp ý để cơ quan có trách nhiệm biết. Mình có thể chuyển nội dung này cho cán bộ; "
    "bạn không cần để lại tên hay số điện thoại. Đang có cháy: gọi 114 ngay."
)
REPORT_ALONE: Final = (
    "Mình hiểu bạn đang phản ánh, góp ý để cơ quan có trách nhiệm biết. Lúc này mình chưa chuyển nội dung cho cán bộ "
    "được; bạn gửi lại trong trang chat, hoặc phản ánh theo cách nêu ở trên. Đang có cháy: gọi 114 ngay."
)
PHOTO_KEPT: Final = (
    "Mình đã nhận ảnh nhưng không tự xem được ảnh. Bạn muốn gửi phản ánh kèm ảnh này không? Đang có cháy: gọi 114 ngay."
)
PHOTO_TAKEN: Final = "Ảnh bạn vừa gửi sẽ kèm theo phản ánh này."
WITH_PHOTO: Final = Button(label="Gửi phản ánh kèm ảnh này", payload="do:letter:photo")
TAKEN_AS_TEXT: Final = "Nội dung: “{text}”. Muốn viết lại thì bấm “Quay lại”."
FOR_LATER: Final = "Mình giữ cho phần bạn đang làm dở."
HOME_FORGOTTEN: Final = "Đã xóa nơi ở, loại nhà và vai trò đã lưu của bạn."
FORM_CLOSED: Final = "Mình đã dừng phần “{title}” đang làm dở."
NOTHING_OPEN: Final = "Hiện không có phần nào đang làm dở. Bạn cần hỏi gì về phòng cháy, thoát nạn cứ gõ nhé."
STILL_OPEN: Final = "Ta làm tiếp nhé."
WHICH_FINE: Final = (
    "Bạn hỏi mức phạt của việc gì? Ví dụ: “không có bình chữa cháy phạt bao nhiêu”, “đốt vàng mã gây cháy phạt thế "
    "nào”."
)
WHICH_DOCUMENT: Final = (
    "Bạn cho mình số hiệu hoặc tên văn bản nhé. Ví dụ: “nghị định 105/2025 còn hiệu lực không”, “luật 55 có gì mới”."
)
WHICH_DUTY: Final = (
    "Bạn cho mình biết thêm: nơi đó là loại gì (nhà ở, nhà trọ, cửa hàng, xưởng…), rộng chừng nào, mấy tầng, và bạn "
    "cần biết về giấy tờ, trang bị hay trách nhiệm?"
)
WHICH_EQUIPMENT: Final = (
    "Bạn hỏi về dụng cụ nào (bình chữa cháy, báo khói, mặt nạ, thang dây, chăn chữa cháy…) và cần biết gì: chọn, dùng, "
    "kiểm tra hay hạn dùng?"
)
NEAREST: Final = "Câu gần nhất mình có là: “{question}”"
ASKED_BESIDE: Final = "Nếu bạn chỉ đang hỏi để biết trước:"
SUGGEST: Final = "Có phải bạn muốn hỏi một trong các việc sau? Nếu không, bạn gõ lại rõ hơn giúp mình."
GONE: Final = "Nút này không còn dùng được. Bạn gõ câu hỏi giúp mình nhé. Đang có cháy: gọi 114 ngay."
NONE_OF_THESE: Final = Button(label="Không phải các câu này", payload="none")
FALSE_ALARM: Final = Button(label="Không phải cháy thật", payload="false-alarm")
LAW_THEN: Final = "Tính đến ngày {day}, các luật, nghị định, thông tư về PCCC mà mình có và khi đó đang áp dụng:"
NO_LAW_THEN: Final = (
    "Mình chưa có văn bản PCCC nào đã đối chiếu cho ngày {day} nên không đoán. Đang có cháy: gọi 114 ngay."
)
TODAYS_LAW: Final = "Bạn hỏi về thời điểm trước đây. Câu trả lời dưới đây theo quy định áp dụng hôm nay ({today})."
NO_CONTACT: Final = "Cơ quan nơi này chưa cung cấp đầu mối liên hệ cho mình, nên mình không nêu số. Khẩn cấp: gọi 114."
ASK_ON: Final = "Bạn muốn hỏi gì về phòng cháy, thoát nạn ở nơi này?"
QUOTED: Final = "Theo {document} ({about}):"
TOO_FAST: Final = "Bạn gửi nhanh quá, mình chưa kịp trả lời. Chờ vài giây rồi gửi lại nhé. Đang có cháy: gọi 114 ngay."
TOO_LONG: Final = "Tin nhắn dài quá. Bạn gửi ngắn hơn giúp mình. Đang có cháy: gọi 114 ngay."
UNAVAILABLE: Final = "Hệ thống đang gặp trục trặc, bạn thử lại sau ít phút. Đang có cháy: gọi 114 ngay."
BAD_REQUEST: Final = "Yêu cầu không đúng dạng. Bạn tải lại trang rồi gửi lại nhé. Đang có cháy: gọi 114 ngay."
NOT_FOUND: Final = "Không tìm thấy nội dung này."
