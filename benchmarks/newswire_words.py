"""What the articles of :mod:`benchmarks.newswire` are made of: names, topics and sentences in three languages.

Each entry reads English, French, Korean. Korean particles stand as ``{0:은/는}`` behind what they hang on.
"""

from __future__ import annotations

__all__ = ["BODIES", "CITIES", "FAMILY", "FIRMS", "GIVEN", "KINDS", "LATER", "OUTLETS", "TOPICS"]

Triple = tuple[str, str, str]

OUTLETS: dict[str, tuple[str, ...]] = {
    "en": ("The Morning Post", "City Herald", "Global Wire", "Evening Standard Times"),
    "fr": ("Le Courrier", "La Gazette", "Dépêche du Jour", "Le Matin"),
    "ko": ("한빛일보", "새날신문", "대한통신", "서울경제저널"),
}

CITIES: tuple[Triple, ...] = (
    ("Seoul", "Séoul", "서울"),
    ("Busan", "Busan", "부산"),
    ("Daegu", "Daegu", "대구"),
    ("Incheon", "Incheon", "인천"),
    ("Gwangju", "Gwangju", "광주"),
    ("Daejeon", "Daejeon", "대전"),
    ("Ulsan", "Ulsan", "울산"),
    ("Suwon", "Suwon", "수원"),
    ("Paris", "Paris", "파리"),
    ("Lyon", "Lyon", "리옹"),
    ("Marseille", "Marseille", "마르세유"),
    ("Toulouse", "Toulouse", "툴루즈"),
    ("Lille", "Lille", "릴"),
    ("Nantes", "Nantes", "낭트"),
    ("London", "Londres", "런던"),
    ("Manchester", "Manchester", "맨체스터"),
    ("Dublin", "Dublin", "더블린"),
    ("Boston", "Boston", "보스턴"),
    ("Chicago", "Chicago", "시카고"),
    ("Toronto", "Toronto", "토론토"),
    ("Sydney", "Sydney", "시드니"),
    ("Tokyo", "Tokyo", "도쿄"),
    ("Osaka", "Osaka", "오사카"),
    ("Geneva", "Genève", "제네바"),
    ("Brussels", "Bruxelles", "브뤼셀"),
    ("Berlin", "Berlin", "베를린"),
    ("Madrid", "Madrid", "마드리드"),
    ("Lisbon", "Lisbonne", "리스본"),
    ("Rome", "Rome", "로마"),
    ("Vienna", "Vienne", "빈"),
)

FAMILY: tuple[Triple, ...] = tuple(
    (latin, latin, hangul)
    for latin, hangul in (
        ("Kim", "김"),
        ("Lee", "이"),
        ("Park", "박"),
        ("Choi", "최"),
        ("Jung", "정"),
        ("Kang", "강"),
        ("Cho", "조"),
        ("Yoon", "윤"),
        ("Jang", "장"),
        ("Lim", "임"),
        ("Han", "한"),
        ("Oh", "오"),
        ("Seo", "서"),
        ("Shin", "신"),
        ("Kwon", "권"),
        ("Hwang", "황"),
        ("Ahn", "안"),
        ("Song", "송"),
        ("Ryu", "류"),
        ("Hong", "홍"),
    )
)

_FIRST = (("Ji", "지"), ("Min", "민"), ("Seo", "서"), ("Hyun", "현"), ("Young", "영"), ("Sung", "성"), ("Eun", "은"))
_SECOND = (
    ("hoon", "훈"),
    ("woo", "우"),
    ("jin", "진"),
    ("young", "영"),
    ("soo", "수"),
    ("mi", "미"),
    ("ah", "아"),
    ("seok", "석"),
)
GIVEN: tuple[Triple, ...] = tuple((f"{a}-{b}", f"{a}-{b}", x + y) for a, x in _FIRST for b, y in _SECOND)

_STEMS = (
    ("Han", "한"),
    ("Dae", "대"),
    ("Sam", "삼"),
    ("Neo", "네오"),
    ("Alpha", "알파"),
    ("Luna", "루나"),
    ("Orion", "오리온"),
    ("Vega", "베가"),
    ("Nova", "노바"),
    ("Delta", "델타"),
    ("Terra", "테라"),
    ("Solar", "솔라"),
    ("Mira", "미라"),
    ("Koryo", "고려"),
)
_ENDS = (
    ("tech", "테크"),
    ("bio", "바이오"),
    ("motors", "모터스"),
    ("chem", "켐"),
    ("soft", "소프트"),
    ("energy", "에너지"),
    ("steel", "스틸"),
    ("foods", "푸드"),
    ("air", "에어"),
    ("net", "넷"),
)
FIRMS: tuple[Triple, ...] = tuple((a + b, a + b, x + y) for a, x in _STEMS for b, y in _ENDS)

BODIES: tuple[Triple, ...] = (
    ("the Ministry of Trade", "le ministère du Commerce", "통상부"),
    ("the Ministry of Health", "le ministère de la Santé", "보건부"),
    ("the Ministry of Transport", "le ministère des Transports", "교통부"),
    ("the Ministry of Culture", "le ministère de la Culture", "문화부"),
    ("the Ministry of Science", "le ministère de la Recherche", "과학부"),
    ("the city council", "le conseil municipal", "시의회"),
    ("the regional government", "le gouvernement régional", "도청"),
    ("the chamber of commerce", "la chambre de commerce", "상공회의소"),
)

TOPICS: tuple[Triple, ...] = (
    ("battery recycling", "le recyclage des batteries", "배터리 재활용"),
    ("rice exports", "les exportations de riz", "쌀 수출"),
    ("flu vaccines", "les vaccins contre la grippe", "독감 백신"),
    ("night trains", "les trains de nuit", "야간 열차"),
    ("school meals", "les repas scolaires", "학교 급식"),
    ("offshore wind", "l'éolien en mer", "해상 풍력"),
    ("public housing", "le logement social", "공공 주택"),
    ("fishing rights", "les droits de pêche", "어업권"),
    ("semiconductor design", "la conception de semi-conducteurs", "반도체 설계"),
    ("film archives", "les archives du cinéma", "영화 자료"),
    ("river floods", "les crues des rivières", "하천 홍수"),
    ("forest fires", "les feux de forêt", "산불"),
    ("cancer screening", "le dépistage du cancer", "암 검진"),
    ("airport noise", "le bruit des aéroports", "공항 소음"),
    ("online fraud", "la fraude en ligne", "온라인 사기"),
    ("dairy prices", "le prix du lait", "우유 가격"),
    ("electric buses", "les autobus électriques", "전기 버스"),
    ("museum passes", "les billets de musée", "박물관 입장권"),
    ("satellite launches", "les lancements de satellites", "위성 발사"),
    ("teacher training", "la formation des enseignants", "교사 연수"),
    ("water supply", "l'approvisionnement en eau", "상수도"),
    ("textile imports", "les importations de textile", "섬유 수입"),
    ("youth football", "le football des jeunes", "유소년 축구"),
    ("port automation", "l'automatisation des ports", "항만 자동화"),
    ("stem cell research", "la recherche sur les cellules souches", "줄기세포 연구"),
    ("hydrogen storage", "le stockage de l'hydrogène", "수소 저장"),
    ("pension funds", "les fonds de pension", "연기금"),
    ("organic farming", "l'agriculture biologique", "유기농업"),
    ("video games", "les jeux vidéo", "비디오 게임"),
    ("road safety", "la sécurité routière", "도로 안전"),
)

# A kind of event: what its title says, ways to open, and what only such an event has to tell.
KINDS: dict[str, tuple[tuple[Triple, ...], tuple[Triple, ...], tuple[Triple, ...]]] = {
    "deal": (
        (
            (
                "{firm} signs {money} deal on {topic} in {city}",
                "{firm} signe à {city} un accord de {money} sur {topic}",
                "{firm}, {city}에서 {topic} 관련 {money} 계약 체결",
            ),
            (
                "{topic}: {firm} wins a contract worth {money}",
                "{topic} : {firm} remporte un contrat de {money}",
                "{firm}, {money} 규모 {topic} 계약 따내",
            ),
        ),
        (
            (
                "{firm} said on {date} that it had signed a contract worth {money} on {topic} in {city}.",
                "{firm} a annoncé le {date} avoir signé à {city} un contrat de {money} sur {topic}.",
                "{firm:은/는} {date} {city}에서 {topic}에 관한 {money} 규모의 계약을 맺었다고 밝혔다.",
            ),
            (
                "A contract on {topic} worth {money} was signed in {city} on {date}, {firm} announced.",
                "Un contrat de {money} sur {topic} a été signé le {date} à {city}, indique {firm}.",
                "{date} {city}에서 {topic} 분야의 {money} 규모 계약이 체결됐다고 {firm:이/가} 발표했다.",
            ),
        ),
        (
            (
                "Shares of {firm} rose {percent} percent after the announcement.",
                "L'action de {firm} a progressé de {percent} % après l'annonce.",
                "발표 뒤 {firm} 주가는 {percent}% 올랐다.",
            ),
            (
                "The work will create {small} jobs over {years} years.",
                "Les travaux doivent créer {small} emplois en {years} ans.",
                "이번 사업으로 {years}년 동안 일자리 {small}개가 생길 전망이다.",
            ),
        ),
    ),
    "fire": (
        (
            (
                "Fire at {firm} plant in {city} injures {few}",
                "Incendie à l'usine {firm} de {city} : {few} blessés",
                "{city} {firm} 공장 화재로 {few}명 부상",
            ),
            (
                "{few} hurt as {firm} site burns in {city}",
                "{city} : {few} blessés dans le feu du site de {firm}",
                "{firm} {city} 사업장서 불, {few}명 다쳐",
            ),
        ),
        (
            (
                "A fire broke out on {date} at a {firm} plant in {city}, injuring {few} people.",
                "Un incendie s'est déclaré le {date} dans une usine de {firm} à {city}, faisant {few} blessés.",
                "{date} {city}에 있는 {firm} 공장에서 불이 나 {few}명이 다쳤다.",
            ),
            (
                "{few} people were injured when flames swept through a {firm} site in {city} on {date}.",
                "{few} personnes ont été blessées le {date} par les flammes qui ont ravagé un site de {firm} à {city}.",
                "{date} {city}의 {firm} 사업장에 불길이 번져 {few}명이 부상을 입었다.",
            ),
        ),
        (
            (
                "About {small} firefighters brought the blaze under control after {hours} hours.",
                "Quelque {small} pompiers ont maîtrisé le sinistre en {hours} heures.",
                "소방대원 {small}여 명이 출동해 {hours}시간 만에 불길을 잡았다.",
            ),
            (
                "The damage is estimated at {money}.",
                "Les dégâts sont estimés à {money}.",
                "재산 피해는 {money:으로/로} 추산된다.",
            ),
        ),
    ),
    "forum": (
        (
            (
                "{city} hosts forum on {topic} with {large} guests",
                "{city} accueille un forum sur {topic} avec {large} invités",
                "{city}에서 {topic} 포럼 개최, {large}명 참석",
            ),
            (
                "{person} opens {topic} forum in {city}",
                "{person} ouvre à {city} le forum sur {topic}",
                "{person}, {city} {topic} 포럼 개막 연설",
            ),
        ),
        (
            (
                "A forum on {topic} opened in {city} on {date} with {large} participants.",
                "Un forum sur {topic} s'est ouvert le {date} à {city} devant {large} participants.",
                "{topic}에 관한 포럼이 {date} {city}에서 {large}명이 참석한 가운데 열렸다.",
            ),
            (
                "{person} welcomed {large} participants to a forum on {topic} in {city} on {date}.",
                "{person} a accueilli {large} participants le {date} à un forum sur {topic} à {city}.",
                "{person:은/는} {date} {city}에서 열린 {topic} 포럼에서 참가자 {large}명을 맞이했다.",
            ),
        ),
        (
            (
                "Delegations from {small} countries take part.",
                "Des délégations de {small} pays y participent.",
                "{small}개국 대표단이 참가한다.",
            ),
            (
                "The talks last {few} days and cost {money}.",
                "Les échanges durent {few} jours et coûtent {money}.",
                "행사는 {few}일간 이어지며 예산은 {money}이다.",
            ),
        ),
    ),
    "plan": (
        (
            (
                "{body} to spend {money} on {topic}",
                "{topic} : {body} va dépenser {money}",
                "{body}, {topic}에 {money} 투입",
            ),
            (
                "{money} plan for {topic} presented in {city}",
                "Un plan de {money} pour {topic} présenté à {city}",
                "{city}서 {money} 규모 {topic} 계획 발표",
            ),
        ),
        (
            (
                "In {city}, {body} presented a {money} plan for {topic} on {date}.",
                "À {city}, {body} a présenté le {date} un plan de {money} pour {topic}.",
                "{body:은/는} {date} {city}에서 {topic}에 {money:을/를} 투입하는 계획을 발표했다.",
            ),
            (
                "{topic} will receive {money}, {body} said in {city} on {date}.",
                "{body} a annoncé le {date} à {city} que {topic} recevraient {money}.",
                "{topic}에 {money:이/가} 지원된다고 {body:이/가} {date} {city}에서 밝혔다.",
            ),
        ),
        (
            (
                "About {large} households should benefit.",
                "Environ {large} foyers devraient en profiter.",
                "약 {large}가구가 혜택을 볼 것으로 보인다.",
            ),
            (
                "The opposition calls the plan {percent} percent too expensive.",
                "L'opposition juge le plan trop cher de {percent} %.",
                "야당은 비용이 {percent}% 지나치다고 비판했다.",
            ),
        ),
    ),
    "court": (
        (
            (
                "{city} court fines {firm} {money} over {topic}",
                "{topic} : le tribunal de {city} condamne {firm} à {money}",
                "{city} 법원, {topic} 사건으로 {firm}에 {money} 벌금",
            ),
            (
                "{firm} ordered to pay {money} in {topic} case",
                "{firm} condamné à payer {money} dans l'affaire sur {topic}",
                "{firm}, {topic} 소송서 {money} 배상 판결",
            ),
        ),
        (
            (
                "A court in {city} ordered {firm} on {date} to pay {money} in a case about {topic}.",
                "Un tribunal de {city} a condamné le {date} {firm} à payer {money} dans une affaire sur {topic}.",
                "{city} 법원은 {date} {topic} 사건에서 {firm}에 {money:을/를} 내라고 판결했다.",
            ),
            (
                "{firm} must pay {money} over {topic}, judges in {city} ruled on {date}.",
                "{firm} devra verser {money} au sujet de {topic}, ont décidé le {date} les juges de {city}.",
                "{firm:은/는} {topic} 문제로 {money:을/를} 물어야 한다고 {city} 재판부가 {date} 선고했다.",
            ),
        ),
        (
            (
                "The case was brought by {small} customers {years} years ago.",
                "L'affaire avait été portée par {small} clients il y a {years} ans.",
                "이 사건은 {years}년 전 고객 {small}명이 제기했다.",
            ),
            (
                "The firm has {few} weeks to appeal.",
                "L'entreprise a {few} semaines pour faire appel.",
                "회사는 {few}주 안에 항소할 수 있다.",
            ),
        ),
    ),
}

# What any event has to tell after its beginning.
LATER: tuple[Triple, ...] = (
    (
        '"This is a turning point for {topic}," {person} said.',
        "« C'est un tournant pour {topic} », a déclaré {person}.",
        '{person:은/는} "{topic} 분야의 전환점"이라고 말했다.',
    ),
    (
        '"We have waited {years} years for this day," {second} told reporters in {city}.',
        "« Nous attendions ce jour depuis {years} ans », a confié {second} aux journalistes à {city}.",
        '{second:은/는} {city}에서 기자들에게 "{years}년을 기다렸다"고 전했다.',
    ),
    (
        "According to {body}, spending on {topic} grew by {growth} percent last year.",
        "Selon {body}, les dépenses pour {topic} ont augmenté de {growth} % l'an dernier.",
        "{body}에 따르면 지난해 {topic} 지출은 {growth}% 늘었다.",
    ),
    (
        "{person} met representatives of {firm} in the afternoon.",
        "{person} a rencontré dans l'après-midi des représentants de {firm}.",
        "{person:은/는} 오후에 {firm} 관계자들을 만났다.",
    ),
    (
        "Around {crowd} people live near the site.",
        "Environ {crowd} personnes vivent à proximité du site.",
        "인근에는 약 {crowd}명이 살고 있다.",
    ),
    (
        "{second}, who has followed {topic} since {past}, expects first results within {months} months.",
        "{second}, qui suit {topic} depuis {past}, attend de premiers résultats dans {months} mois.",
        "{past}년부터 {topic:을/를} 지켜본 {second:은/는} {months}개월 안에 첫 결과가 나올 것으로 내다봤다.",
    ),
    (
        "A second meeting is planned for {next} in {city}.",
        "Une deuxième réunion est prévue le {next} à {city}.",
        "두 번째 회의는 {next} {city}에서 열릴 예정이다.",
    ),
    (
        "Critics such as {second} warned that {topic} needed more than {body} had promised.",
        "Des critiques comme {second} estiment que {topic} exigent plus que ce que {body} a promis.",
        "{second} 등은 {topic}에는 {body}의 약속보다 더 많은 것이 필요하다고 지적했다.",
    ),
    (
        "In {past}, a similar case had cost {other}.",
        "En {past}, un cas semblable avait coûté {other}.",
        "{past}년에는 비슷한 일로 {other:이/가} 들었다.",
    ),
    (
        "Traffic in the centre of {city} was interrupted for {hours} hours.",
        "La circulation dans le centre de {city} a été interrompue pendant {hours} heures.",
        "{city} 도심 교통은 {hours}시간 동안 통제됐다.",
    ),
    (
        "{firm} employs {staff} people in {city} and abroad.",
        "{firm} emploie {staff} personnes à {city} et à l'étranger.",
        "{firm:은/는} {city:과/와} 해외에서 {staff}명을 고용하고 있다.",
    ),
    (
        "{body} did not answer questions on {topic} by the evening.",
        "{body} n'avait pas répondu dans la soirée aux questions sur {topic}.",
        "{body:은/는} 저녁까지 {topic} 관련 질문에 답하지 않았다.",
    ),
)
