"""How people ask: several natural phrasings of each request.

Which one an example gets is a hash of its passage and rule (choice.py). What belongs here: sentences with slots. What
does not: the words that go into the slots (wording.py).
"""

from __future__ import annotations

from medai_assets.instructions.choice import choose

CONSUMER = "consumer"

# What openFDA's own fields answer of a product, asked alike by everybody.
OF_PRODUCT: dict[str, tuple[str, ...]] = {
    "active_ingredient": (
        "What active ingredient does {drug} contain?", "In {drug}, what is the active ingredient?",
        "What is the active ingredient of {drug}?", "Which substance in {drug} is its active ingredient?",
        "For {drug}, can you name the active ingredient?", "Which active ingredient is in {drug}?",
    ),
    "active_ingredients": (
        "What active ingredients does {drug} contain?", "In {drug}, what are the active ingredients?",
        "What are the active ingredients of {drug}?", "Which substances in {drug} are its active ingredients?",
        "For {drug}, can you name the active ingredients?", "Which active ingredients are in {drug}?",
    ),
    "product_type": (
        "Is {drug} a prescription or an over-the-counter medicine?", "Does FDA list {drug} as a prescription or an OTC drug?",
        "Tell me whether {drug} is a prescription or an over-the-counter drug.",
        "My neighbour mentioned {drug}. Is that a prescription or an over-the-counter medicine?",
        "I saw {drug} advertised. Is it a prescription or an OTC product?",
    ),
    "route": (
        "By which route is {drug} given?", "How is {drug} given? I mean the route of administration.",
        "For {drug}, what is the route of administration?", "What route is {drug} administered by?",
        "When {drug} is used, by which route is it given?", "Which route is {drug} labelled for?",
        "A nurse asks about {drug}. What is its route of administration?",
    ),
    "drug_class": (
        "Which drug class is {drug} in?", "What kind of drug is {drug}? I mean its pharmacologic class.",
        "To which pharmacologic class does {drug} belong?", "What is the pharmacologic class of {drug}?",
        "How is {drug} classed? I mean the pharmacologic class.", "For {drug}, what is the drug class?",
    ),
    "mechanism_class": (
        "How is {drug} classed by mechanism of action?", "How does FDA class {drug} by mechanism of action?",
        "Where is {drug} listed by mechanism of action?", "Which class is {drug} in, by mechanism of action?",
        "I read about {drug}. How do FDA's data list it by mechanism of action?",
    ),
    "purpose": (
        "What is the purpose of the active ingredient in {drug}?", "Which purpose does {drug} give for its active ingredient?",
        "What is in {drug} as active ingredient, and for which purpose?",
        "On {drug}, what purpose does the label give the active ingredient?",
    ),
}  # fmt: skip

# What is asked about a medicine, by section of a page for the public.
DRUG: dict[str, tuple[str, ...]] = {
    "indications": (
        "What is {drug} used for?", "Why would someone use {drug}?", "What does {drug} treat?",
        "My doctor mentioned {drug}. What is it for?", "Can you tell me what {drug} is meant to help with?",
    ),
    "dosage": (
        "How should {drug} be used?", "What is the usual dose of {drug}?", "How much {drug} should be used, and how often?",
        "What do I need to know about the dose of {drug}?", "How do I use {drug} correctly?",
    ),
    "contraindications": (
        "Who should not use {drug}?", "When should {drug} be avoided?", "Are there people who must not use {drug}?",
        "Is there anyone who can't have {drug}?",
    ),
    "adverse_reactions": (
        "What side effects can {drug} cause?",
        "I am about to start {drug}. Which side effects should I expect?", "Does {drug} have side effects?",
    ),
    "interactions": (
        "Does {drug} interact with other medicines?", "What should not be combined with {drug}?",
        "I use other medicines as well. What does {drug} interact with?", "Can {drug} be combined with other medicines?",
    ),
    "pregnancy": (
        "Can {drug} be used during pregnancy?", "I am pregnant. What do I need to know about {drug}?",
        "Is {drug} safe in pregnancy?", "What is known about {drug} for pregnant women?",
    ),
    "lactation": (
        "Can I use {drug} while breastfeeding?", "Does {drug} pass into breast milk?",
        "I am nursing my baby. What should I know about {drug}?",
    ),
    "overdose": (
        "What can happen with an overdose of {drug}?", "What is known about too much {drug}?",
        "What if somebody had too much {drug}?",
    ),
    "mechanism": (
        "How does {drug} work?", "What does {drug} do in the body?",
    ),
    "storage": (
        "How should I store {drug}?", "Where should {drug} be kept?", "How do I keep {drug} at home?",
    ),
    **OF_PRODUCT,
}  # fmt: skip

# A section of a label is asked for by its title, so that the section whole is the answer. {title} is as it is printed.
OF_SECTION = (
    "What does the {title} section of the {drug} label say?",
    "What is under {title} in the FDA label of {drug}?",
    "Under {title}, what does the label of {drug} say?",
    "How does the {title} section of the {drug} label read?",
    "Could you quote the {title} section of the {drug} prescribing information?",
    "What is in the {title} section of the {drug} label?",
    "I need the {title} section of the {drug} label. What does it say?",
    "On the {drug} label, what is stated under {title}?",
    "Please give me the {title} section of the label of {drug}.",
    "For {drug}, what does the prescribing information say under {title}?",
    "Tell me what the {drug} label has under {title}.",
    "In the labeling of {drug}, what does the {title} section say?",
    "Show me the {title} section of the {drug} label.",
)
OF_SECTION_AND_BOX = (
    "What do the boxed warning and the {title} section of the {drug} label say?",
    "Please quote the boxed warning and the {title} section from the label of {drug}.",
    "For {drug}, what does the label say in its boxed warning and under {title}?",
    "I need the boxed warning of {drug} and the {title} section of its label. What do they say?",
    "How do the boxed warning and the {title} section of the {drug} label read?",
)
OF_BOX = (
    "What does the boxed warning of {drug} say?",
    "Please quote the boxed warning of {drug} for me.",
    "How does the boxed warning on the label of {drug} read?",
    "What is in the boxed warning on the {drug} label?",
    "{drug} has a boxed warning. What does it say?",
    "I need the text of the boxed warning for {drug}. How does it read?",
)
OF_SUBSECTION = (
    'What does the {drug} label say in its section "{title}"?',
    'Under "{title}", what does the label of {drug} say?',
    'The {drug} label has a section called "{title}". What does it say?',
    'Could you quote "{title}" from the {drug} prescribing information?',
    'For {drug}, what does the label state under the heading "{title}"?',
    'I need the section "{title}" from the {drug} label. What does it say?',
    'How does the section "{title}" in the label of {drug} read?',
    'Show me the section "{title}" of the {drug} label.',
    'What is under "{title}" in the prescribing information for {drug}?',
    'In the label of {drug}, how does the section "{title}" read?',
)
OF_PACKAGE = (
    'What does the {drug} label say under "{title}"?',
    'On the package of {drug}, what is listed under "{title}"?',
    'What is printed under "{title}" on the {drug} label?',
    'The {drug} box has a part called "{title}". What does it say?',
    'Can you read me the "{title}" part of the {drug} label?',
    'Under "{title}", what does the label of {drug} say?',
    'I lost the package of {drug}. What did it say under "{title}"?',
    'In the Drug Facts of {drug}, what stands under "{title}"?',
)

# A situation told in the first person, and how urgent it is. {told} is a sentence without its full stop.
TRIAGE_WITH_TOPIC = (
    "This is about {topic}. {told}. How urgent is this?",
    "{told}. I have been reading about {topic}. What level of care do I need?",
    "About {topic}: {told}. Should I see someone, and how soon?",
    "My question is about {topic}. {told}. Can this wait, or do I need help now?",
    "{told}. It has to do with {topic}. Where should I go for help?",
)
TRIAGE_BARE = (
    "{told}. How urgent is this?",
    "{told}. Do I need to see someone, and how soon?",
    "{told}. What level of care do I need?",
    "{told}. Can it wait, or should I get help now?",
    "{told}. Where should I go for help?",
)
TRIAGE_MEDICINE = (
    "I use {topic}. {told}. How urgent is this?",
    "I am using {topic}, and {lower}. Should I see someone, and how soon?",
    "{told}. I am on {topic}. What should I do, and how quickly?",
)
TRIAGE_MESSAGE = (
    'Triage this message from a patient who asks about {topic}: "{told}."',
    'A patient writes: "{told}." The subject is {topic}. Which level of care fits?',
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
        "What cannot wait? My question is about {topic}.",
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
    "I am worried about {topic}: {lower}. Should I call an ambulance?",
    "It is about {topic}. {told}. Is this an emergency?",
    "{told}. I think it has to do with {topic}. What should I do right now?",
    "{told}. Do I need to go to the emergency department? I am asking about {topic}.",
)
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
    "I have noticed {listed}. What could be the cause?",
    "What might be behind {listed}?",
    "Lately there has been {listed}. What could this be?",
    "My symptoms are {listed}. What should I think of?",
)
CAUSES = (
    "I have {topic}. What could be the cause?",
    "What can cause {topic}?",
    "What might be behind {topic}, and when should I get help?",
)
WATCH_FOR = (
    "What are the symptoms of {topic}, and when should I get help?",
    "Which signs of {topic} should I watch for, and who should I turn to?",
    "How would I notice {topic}, and who should I turn to?",
    "What signs come with {topic}, and when is it time to see someone?",
    "I want to know the symptoms of {topic} and when to get help. Can you tell me?",
    "If it were {topic}, what would the symptoms be, and when should I see someone?",
    "Could you list the symptoms of {topic} and say when to get help?",
    "Someone I know may be getting {topic}. What are the symptoms, and when do they need help?",
    "With {topic}, which symptoms are there, and who should I turn to?",
)
SIGNS_ONLY = (
    "What are the symptoms of {topic}?",
    "Which signs of {topic} should I watch for?",
    "How would I notice {topic}?",
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

# What a section of a page on a condition answers by its name.
SECTION = {
    "overview": ("Please explain {topic} briefly.", "How would you describe {topic} in a few words?",
                 "Could you give me a short description of {topic}?"),
    "causes": ("What causes {topic}?", "Why do people get {topic}?", "What are the causes of {topic}?"),
    "diagnosis": ("How is {topic} diagnosed?", "How do doctors find out whether it is {topic}?"),
    "treatment": ("How is {topic} treated?", "What treatments are there for {topic}?", "What can doctors do for {topic}?"),
    "prevention": ("How can {topic} be prevented?", "What can I do to prevent {topic}?"),
    "complications": ("What are the complications of {topic}?", "What can {topic} lead to?"),
    "outlook": ("What is the outlook with {topic}?", "What can I expect with {topic}?"),
}  # fmt: skip


def drug_phrase(section: str, drug: str, *key: str) -> str:
    """A request about one section of a medicine's page, or one field of openFDA's.

    Raises:
        KeyError: nobody asks about that section.
    """
    return choose(DRUG[section], *key).format(drug=drug)


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
