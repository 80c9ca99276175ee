"""Translations and references of our own, for the tests of scores: language -> [(translation, reference)]."""

TRANSLATIONS = {
    "en": [
        ("The mayor of Lund opened the new library on Monday.", "On Monday, the mayor of Lund opened the new library."),
        ('"We waited ten years," he said, and cut the ribbon.', "“We have waited ten years,” he said as he cut the ribbon."),
        ("It cost 4.5 million euros, which is 12% more than planned.", "It cost 4.5 million euros, 12% more than planned."),
        ("Rain is expected by the evening.", "Rain is expected by the evening."),
        ("The the ferry did not leave because of fog.", "The ferry did not sail in the fog."),
        ("Nobody was injured.", "No one was hurt."),
        ("", "The police are looking for witnesses."),
        ("A spokeswoman (46) declined to comment.", "A 46-year-old spokeswoman declined to comment."),
    ],
    "de": [
        ("Die Bürgermeisterin hat am Montag die Bücherei eröffnet.", "Am Montag eröffnete die Bürgermeisterin von Lund die Bibliothek."),
        ("„Wir haben zehn Jahre gewartet“, sagte sie.", "„Zehn Jahre haben wir gewartet“, sagte sie."),
        ("Der Bau kostete 4,5 Millionen Euro, 12 % mehr als geplant.", "Der Bau kostete 4,5 Millionen Euro – 12 Prozent mehr als geplant."),
        ("Am Abend wird Regen erwartet.", "Für den Abend ist Regen angesagt."),
        ("Die Fähre fuhr wegen Nebels nicht aus.", "Wegen Nebels lief die Fähre nicht aus."),
        ("Niemand wurde verletzt.", "Niemand wurde verletzt."),
    ],
    "cs": [
        ("Starosta Lundu otevřel v pondělí novou knihovnu.", "Novou knihovnu otevřel v pondělí starosta Lundu."),
        ("„Čekali jsme deset let,“ řekl a přestřihl pásku.", "„Čekali jsme na to deset let,“ řekl při stříhání pásky."),
        ("Stavba stála 4,5 milionu eur, o 12 % více, než se plánovalo.", "Stála 4,5 milionu eur, o 12 procent víc oproti plánu."),
        ("Večer se čeká déšť.", "Večer má pršet."),
        ("Trajekt kvůli mlze nevyplul.", "Trajekt kvůli mlze nevyplul."),
    ],
    "zh": [
        ("隆德市长周一为新图书馆揭幕。", "周一，隆德市长为新图书馆揭幕。"),
        ("“我们等了十年，”他说。", "他说：“我们等了十年了。”"),
        ("造价450万欧元，比计划高出12%。", "这座建筑耗资450万欧元，超出计划12%。"),
        ("预计晚上有雨。", "晚间预计有雨。"),
        ("因大雾 Stena 渡轮没有出航。", "Stena 渡轮因大雾停航。"),
    ],
    "ja": [
        ("ルンド市長は月曜日に新しい図書館を開館した。", "月曜日、ルンド市長が新しい図書館を開いた。"),
        ("「10年待ちました」と彼は語った。", "「私たちは10年待った」と市長は話した。"),
        ("建設費は450万ユーロで、計画より12％多かった。", "費用は計画を12％上回る450万ユーロだった。"),
        ("夕方には雨が予想される。", "夕方から雨になる見込みだ。"),
        ("霧のためフェリーは出航しなかった。", "フェリーは霧のため欠航した。"),
    ],
    "ko": [
        ("룬드 시장은 월요일에 새 도서관을 열었다.", "월요일 룬드 시장이 새 도서관을 개관했다."),
        ("저녁에는 비가 예상된다.", "저녁에 비가 올 전망이다."),
        ("안개 때문에 배가 출항하지 못했다.", "짙은 안개로 여객선이 출항하지 못했다."),
    ],
}  # fmt: skip
