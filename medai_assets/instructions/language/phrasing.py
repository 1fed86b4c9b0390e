"""How people ask: several natural phrasings of each request.

Which one an example gets is a hash of its passage and rule (choice.py). What belongs here: sentences with slots. What
does not: the words that go into the slots (wording.py).
"""

from __future__ import annotations

from medai_assets.instructions.choice import choose

CONSUMER = "consumer"

# {s}, {be} and {they} agree with how many there are.
_ACTIVE = (
    "What active ingredient{s} does {drug} contain?", "In {drug}, what {be} the active ingredient{s}?",
    "What {be} the active substance{s} of {drug}?", "For {drug}, can you name the active ingredient{s}?",
    "Which active ingredient{s} {be} in {drug}?", "Which substance{s} in {drug} {be} the active ingredient{s}?",
    "{drug} active ingredient{s}?", "Active ingredient{s} in {drug}, please?",
    "What's {drug} made with? I mean the active substance{s}.",
    "Can you tell me the active ingredient{s} behind the name {drug}?", "Do you know which active ingredient{s} {drug} has?",
    "Could you look up the active substance{s} for {drug}?", "Name the active ingredient{s} of {drug}, please.",
    "{drug} is a brand name. What {be} the active ingredient{s}?",
    "I only know {drug} as a brand. Which active substance{s} {be} in it?",
    "What does the label of {drug} list as the active ingredient{s}?",
    "What active ingredient{s} does the {drug} label list?",
    "If I read the {drug} label, what active ingredient{s} would I see?",
    "Somebody asked me for the active ingredient{s} in {drug}. What {be} {they}?",
    "I'm filling in a table. What active ingredient{s} should go next to {drug}?",
    "Leaving out the fillers, what active ingredient{s} does {drug} have?",
    "What does FDA list as the active ingredient{s} of {drug}?",
    "What active ingredient{s} {be} sold under the brand name {drug}?",
    "My list has brand names only. What {be} the active substance{s} for {drug}?",
    "Tell me which active ingredient{s} {drug} contains.", "Please give me the active ingredient{s} of {drug}.",
    "I forgot which active substance{s} {drug} has. Can you remind me?", "What {be} the active ingredient{s} of {drug} called?",
    "I'm making a flash card for {drug}. What active ingredient{s} should I write on the back?",
    "Would you mind telling me the active ingredient{s} in {drug}?",
    "I have a quick question. What active ingredient{s} does {drug} have?",
    "My textbook mentions {drug} without naming the active substance{s}. What {be} {they}?",
    "What exactly {be} the active ingredient{s} in {drug}?",
    "To look {drug} up in another country, which active ingredient{s} do I search for?",
    "I threw out the packaging for {drug}. What active ingredient{s} did it list?",
    "I can't read the active ingredient{s} on the {drug} label. What {be} {they}?",
    "I'm a trainee and mix up brand names. Which active substance{s} {be} in {drug}?",
    "I'm building an index from brand to active ingredient{s}. What do I enter for {drug}?",
    "For my pharmacology homework, what {be} the active ingredient{s} of {drug}?",
    "An article mentions {drug} without naming the active substance{s}. What {be} {they}?",
    "A discharge letter mentions {drug}. What {be} the active ingredient{s}?",
    "Generic names are easier for me. What active substance{s} {be} behind {drug}?",
    "Before I search the literature on {drug}, what {be} the active ingredient{s}?",
    "Our system asks for the active ingredient{s} instead of the brand name {drug}. What should I type?",
    "What active ingredient{s} {be} named on the {drug} package?",
    "The trade name is {drug}. What {be} the active ingredient{s}?",
    "An abstract uses the trade name {drug}. What {be} the active ingredient{s}?",
    "A colleague asked which active ingredient{s} {drug} contains. Can you tell me?",
    "I'm updating our formulary entry for {drug}. What {be} the active ingredient{s}?",
)  # fmt: skip


def _agreeing(forms: tuple[str, ...], several: bool) -> tuple[str, ...]:
    one = {"s": "", "be": "is", "they": "it"}
    words = {"s": "s", "be": "are", "they": "they"} if several else one
    return tuple(form.format(drug="{drug}", **words) for form in forms)


# What openFDA's own fields answer of a product, asked alike by everybody.
OF_PRODUCT: dict[str, tuple[str, ...]] = {
    "active_ingredient": _agreeing(_ACTIVE, several=False),
    "active_ingredients": _agreeing(_ACTIVE, several=True),
    "product_type": (
        "Is {drug} a prescription or an over-the-counter medicine?", "Does FDA list {drug} as a prescription or an OTC drug?",
        "Tell me whether {drug} is a prescription or an over-the-counter drug.",
        "Is {drug} prescription or over-the-counter?",
        "Someone mentioned {drug}. Is that a prescription or an over-the-counter medicine?",
        "I read about {drug}. Is it a prescription or an OTC product?",
        "Is {drug} sold as a prescription or an OTC medicine?",
        "Can you say if {drug} counts as a prescription or an over-the-counter drug?",
        "Do you know if {drug} is a prescription or an OTC drug?",
        "I'm sorting a list of brands. Does {drug} go under prescription or over-the-counter drugs?",
        "Is {drug} prescription or OTC?", "Legally, is {drug} a prescription or an over-the-counter drug?",
    ),
    "route": (
        "By which route is {drug} given?", "How is {drug} given? I mean the route of administration.",
        "For {drug}, what is the route of administration?", "What route is {drug} administered by?",
        "When {drug} is given, what is the route of administration?", "Which route is {drug} labelled for?",
        "A nurse asks about {drug}. What is its route of administration?", "What route of administration is used for {drug}?",
        "Which route of administration does FDA list for {drug}?",
        "I'm filling in a form on {drug}. What is the route of administration?",
        "Do you know the route of administration for {drug}?", "Route of administration of {drug}, please?",
    ),
    "drug_class": (
        "Which drug class is {drug} in?", "What kind of drug is {drug}? I mean its pharmacologic class.",
        "To which pharmacologic class does {drug} belong?", "What is the pharmacologic class of {drug}?",
        "How is {drug} classed? I mean the pharmacologic class.", "For {drug}, what is the drug class?", "{drug} drug class?",
        "Pharmacologic class of {drug}, please?", "Which class of drugs does {drug} belong to?",
        "I have to sort medicines by drug class. Where does {drug} go?",
        "Can you tell me what pharmacologic class {drug} falls into?",
        "What does FDA give as the pharmacologic class of {drug}?", "Do you know which drug class {drug} is filed under?",
        "I'm making a flash card for {drug}. What drug class should I write on it?",
        "Name the pharmacologic class of {drug}, please.",
        "I'm revising by drug class. Where does {drug} belong?", "Under what pharmacologic class would I find {drug}?",
        "An exam question asks for the pharmacologic class of {drug}. What is it?",
        "Someone mentioned {drug}. What drug class is it in?",
        "If I sort by pharmacologic class, where does {drug} belong?",
        "What would a pharmacist give as the drug class for {drug}?", "I'm looking up {drug}. What's its pharmacologic class?",
        "I know the name {drug} but not the drug class. What is it?",
        "Could you tell me the pharmacologic class of {drug}?",
    ),
    "mechanism_class": (
        "How is {drug} classed by mechanism of action?", "How does FDA class {drug} by mechanism of action?",
        "What class does {drug} fall into by mechanism of action?", "Which class is {drug} in, by mechanism of action?",
        "I read about {drug}. What class is it in by mechanism of action?", "By mechanism of action, what class is {drug}?",
        "I'm sorting drugs by mechanism of action. Which class does {drug} go in?",
        "Grouped by mechanism of action, which class is {drug} in?",
        "What class, by mechanism of action, does FDA give {drug}?",
        "Can you tell me how {drug} is classed by mechanism of action?",
    ),
    "purpose": (
        "What is the purpose of the active ingredient in {drug}?",
        "What purpose does the {drug} label give for the active ingredient?",
        "What is the active ingredient in {drug}, and what is its purpose?",
        "On the {drug} label, what purpose is given for the active ingredient?", "Purpose of the active ingredient in {drug}?",
        "Can you tell me the purpose of the active ingredient of {drug}?",
        "In the Drug Facts of {drug}, what is the purpose of the active ingredient?",
        "What purpose is printed next to the active ingredient of {drug}?",
        "What do the Drug Facts for {drug} give as the purpose of the active ingredient?",
        "Do you know the purpose of the active ingredient in {drug}?",
    ),
}  # fmt: skip

# A situation told by a person, and how urgent it is. {told} is a sentence without its full stop, {lower} the same within one.
TRIAGE_WITH_TOPIC = (
    "I am asking about {topic} because {lower}. How urgent is this?",
    "I have been reading about {topic} because {lower}. Should I see someone, and how soon?",
    "I searched for {topic} because {lower}. Can this wait, or do I need help now?",
    "I looked up {topic} because {lower}. How quickly should I get help, and from whom?",
)
TRIAGE_BARE = (
    "{told}. How urgent is this?",
    "{told}. Do I need to see someone, and how soon?",
    "{told}. Can it wait, or should I get help now?",
    "{told}. Where should I go for help?",
    "{told}. How quickly should I get help, and from whom?",
    "{told}. Do I need to be seen, and by whom?",
)
# The same, told of somebody else alone.
TRIAGE_OF_ANOTHER_WITH_TOPIC = (
    "I am asking about {topic} because {lower}. How urgent is this?",
    "I have been reading about {topic} because {lower}. What should I do, and how soon?",
    "I searched for {topic} because {lower}. Can this wait, or is help needed now?",
    "I looked up {topic} because {lower}. How quickly is help needed, and from whom?",
)
TRIAGE_OF_ANOTHER = (
    "{told}. How urgent is this?",
    "{told}. What should I do, and how soon?",
    "{told}. Can it wait, or is help needed now?",
    "{told}. How quickly is help needed, and from whom?",
)
TRIAGE_MEDICINE = (
    "I use {topic}. {told}. How urgent is this?",
    "I am using {topic}, and {lower}. Should I see someone, and how soon?",
    "{told}. I am on {topic}. What should I do, and how quickly?",
)
TRIAGE_MESSAGE = (
    'Triage this message from a patient who asks about {topic}: "{told}."',
    'A patient who asks about {topic} writes: "{told}." Which level of care fits?',
)
SELF_CARE = (
    "I have {topic} and otherwise feel fine. What can I do myself?",
    "How can I look after {topic} at home?",
    "Do I need a doctor for {topic}, or can I treat it myself?",
    "What can I try at home for {topic}?",
)
# No form names a service, which the card does, nor says what of the topic is urgent: its signs, or what led to it.
WHEN_TO_CALL = {
    "emergency": (
        "I am asking about {topic}. When do I need emergency help?",
        "About {topic}: when is it an emergency?",
        "When is emergency help needed? My question is about {topic}.",
    ),
    "urgent": (
        "I am asking about {topic}. When do I need help urgently?",
        "About {topic}: when is it urgent?",
        "When is help needed urgently? My question is about {topic}.",
    ),
    "primary_care": (
        "I am asking about {topic}. When is it worth getting medical advice?",
        "About {topic}: when should I get medical advice, even if it is not urgent?",
    ),
}
STOP_USE = (
    "What should I do if {lower} while I am using {drug}?",
    "I am using {drug}. What if {lower}?",
    "If {lower} while I use {drug}, who should I turn to?",
)
ASK_FIRST = (
    "I have {what}. Can I just use {drug}?",
    "Is it all right to start {drug} on my own when I have {what}?",
    "I would like to buy {drug}, and I have {what}. Who should I ask?",
)

# The same alarm for emergencies and for what is none, so that the words of the prompt give nothing away.
ALARM = (
    "{told}. Should I call an ambulance?",
    "{told}. What should I do right now?",
    "Please help: {lower}. Is this an emergency?",
    "{told}. Do I need to go to the emergency department?",
    "{told}. I am frightened. Is this serious enough to call an ambulance?",
)
ALARM_WITH_TOPIC = (
    "I am worried about {topic} because {lower}. Should I call an ambulance?",
    "I am asking about {topic} because {lower}. Is this an emergency?",
    "I have been reading about {topic} because {lower}. What should I do right now?",
    "I looked up {topic} because {lower}. Do I need to go to the emergency department?",
)
ALARM_MEDICINE = (
    "I use {topic}. {told}. Is this an emergency?",
    "I am on {topic}, and {lower}. Should I call an ambulance?",
    "{told}. I take {topic}. What should I do right now?",
    "I take {topic}, and {lower}. Do I need to go to the emergency department?",
)
ALARM_OF_ANOTHER = tuple(form.replace("Do I need", "Do they need") for form in ALARM)
ALARM_OF_ANOTHER_WITH_TOPIC = tuple(form.replace("Do I need", "Do they need") for form in ALARM_WITH_TOPIC)
SUSPECTED = (
    "I think someone next to me may have {topic}. What do I do?",
    "My friend may have {topic}. What should I do right now?",
    "What should I do first if I suspect {topic}?",
)
OVERDOSE = (
    "Someone in my family took far too much {drug}. What do I do?",
    "I think I have taken too much {drug}. What should I do?",
    "My friend has had far too much {drug}. Help!",
    "What do I do right now after an overdose of {drug}?",
)
OVERDOSE_CHILD = (
    "My child has swallowed {drug}. What should I do?",
    "My toddler got hold of {drug} and swallowed some. What now?",
    "I found my little boy with an open pack of {drug}. What do I do?",
)

SYMPTOMS = (
    "I have noticed {listed}. What are the symptoms of {topic}, and who should I turn to?",
    "I am wondering about {topic} because of {listed}. What are its symptoms, and when should I get help?",
    "My symptoms are {listed}. Which signs of {topic} should I watch for, and who should I see?",
    "Because of {listed}, I want to know the symptoms of {topic}. Which are they, and who should I turn to?",
)
CAUSES = (
    "I have {topic}. What could be the cause?",
    "What can cause {topic}?",
    "What might be behind {topic}, and when should I get help?",
)
WATCH_FOR = (
    "What are the symptoms of {topic}, and when should I get help?",
    "Which signs of {topic} should I watch for, and who should I turn to?",
    "What would the symptoms of {topic} be, and who should I turn to?",
    "What signs come with {topic}, and when is it time to see someone?",
    "I want to know the symptoms of {topic} and when to get help. Can you tell me?",
    "If it were {topic}, what would the symptoms be, and when should I see someone?",
    "Could you list the symptoms of {topic} and say when to get help?",
    "Someone I know may have {topic}. What are the symptoms, and when do they need help?",
    "With {topic}, which symptoms are there, and who should I turn to?",
)
SIGNS_ONLY = (
    "What are the symptoms of {topic}?",
    "Which signs of {topic} should I watch for?",
    "What would the symptoms of {topic} be?",
    "What symptoms do people with {topic} have?",
    "With {topic}, what symptoms are there?",
    "Could you list the symptoms of {topic}?",
    "Please tell me the symptoms of {topic}.",
    "If somebody has {topic}, which symptoms do they have?",
    "I have read about {topic}. What are the symptoms?",
    "Are there typical symptoms of {topic}? Which ones?",
    "Is there a list of the symptoms of {topic}?",
    "Thinking of {topic}, what symptoms should I know?",
    "For {topic}, what are the symptoms?",
)
SIDE_EFFECT = (
    "I use {drug} and have noticed {what}. Could the medicine be the cause?",
    "Since I started {drug} I have had {what}. Can it come from the medicine?",
    "Could {drug} be behind {what}?",
)

# What stands on a page under one of its headings, asked for by that heading.
PAGES = (
    "the {whose} page on {topic}", "the {whose} page about {topic}", "the {whose} website's page on {topic}",
    "the {whose} web page on {topic}", "the {whose} advice page on {topic}", "the {whose} information page on {topic}",
)  # fmt: skip
UNDER_HEADING = (
    'What does {page} say under "{title}"?', 'Under "{title}", what does {page} say?',
    'What is written under "{title}" on {page}?', 'What is under the heading "{title}" on {page}?',
    'Could you tell me what {page} says under "{title}"?', 'What does the "{title}" section of {page} say?',
    'Can you give me the "{title}" section of {page}?', 'Please quote the "{title}" section of {page}.',
    'I am looking for the "{title}" part of {page}. What does it say?', 'What are readers told under "{title}" on {page}?',
    'On {page}, what does it say under "{title}"?', 'What information does {page} give under "{title}"?',
    'How does the "{title}" section of {page} read?', 'I cannot get {page} to load. What is under "{title}"?',
    'Somebody mentioned the "{title}" section of {page}. What does it say?',
    'For a leaflet I need the "{title}" part of {page}. How does it read?', 'Read me what {page} says under "{title}".',
    'I would like to know what {page} says under "{title}".', 'Word for word, what does {page} say under "{title}"?',
    'What would I read under "{title}" on {page}?', 'Do you know what {page} says under "{title}"?',
    'What text is there under "{title}" on {page}?', 'I missed the "{title}" section of {page}. What did it say?',
    'A friend told me about {page}. What does it say under "{title}"?',
    'Could you look up what {page} says under "{title}"?', 'What can people read under "{title}" on {page}?',
    'I only remember the heading "{title}" from {page}. What was below it?',
    'Whoever opens {page} sees the heading "{title}". What comes under it?',
    'Give me the words under "{title}" on {page}, please.', 'Show me the "{title}" section of {page}.',
)  # fmt: skip

# The same, and what the page says of urgent help, without which nobody should be left.
UNDER_HEADING_AND_HELP = (
    'What does {page} say under "{title}", and when does it call for urgent help?',
    'Under "{title}", what does {page} say, and when does it ask people to get help urgently?',
    'What is under "{title}" on {page}, and when is urgent help needed?',
    'Could you tell me what {page} says under "{title}", and when it calls for urgent help?',
    'I am looking for the "{title}" part of {page}. What does it say, and when is help urgent?',
    'What are readers told under "{title}" on {page}, and when should they get urgent help?',
    'On {page}, what does it say under "{title}", and when is it urgent to get help?',
    'How does the "{title}" section of {page} read, and when does the page ask for urgent help?',
    'Read me what {page} says under "{title}", and when to get urgent help.',
    'I would like to know what {page} says under "{title}", and when help is urgent.',
    'I missed the "{title}" section of {page}. What did it say, and when should one get urgent help?',
    'A friend told me about {page}. What does it say under "{title}", and when is help needed urgently?',
    'For a leaflet I need the "{title}" part of {page}, with its advice on urgent help. How do they read?',
    'Please quote the "{title}" section of {page}, and its advice on urgent help.',
    'What information does {page} give under "{title}", and when does it say to get urgent help?',
    'Show me the "{title}" section of {page}, and when the page wants people to get urgent help.',
    'Somebody mentioned the "{title}" section of {page}. What does it say, and when is urgent help needed?',
    'Do you know what {page} says under "{title}", and when it tells people to get help urgently?',
)


def page_phrase(whose: str, topic: str, title: str, *key: str, with_help: bool = False) -> str:
    """A request for what a publisher's page has under one of its headings, alone or with what it says of urgent help."""
    page = choose(PAGES, *key, "page").format(whose=whose, topic=topic)
    return phrase(UNDER_HEADING_AND_HELP if with_help else UNDER_HEADING, key, page=page, title=title)


def drug_phrase(section: str, drug: str, *key: str) -> str:
    """A request about one field of openFDA's.

    Raises:
        KeyError: nobody asks about that field.
    """
    return phrase(OF_PRODUCT[section], key, drug=drug)


def phrase(forms: tuple[str, ...], key: tuple[str, ...], **slots: str) -> str:
    """One of ``forms`` with its slots filled; the first letter is a capital."""
    text = choose(forms, *key).format(**slots)
    return text[:1].upper() + text[1:]


def complaint_slots(complaint: str) -> dict[str, str]:
    """A statement for the slots ``told`` (begins a sentence) and ``lower`` (within one)."""
    first = complaint.split(" ", 1)[0]
    keep = first == "I" or first.startswith("I'") or first.isupper()
    bare = complaint.rstrip(".")
    return {
        "told": bare[:1].upper() + bare[1:],
        "lower": bare if keep else bare[:1].lower() + bare[1:],
    }
