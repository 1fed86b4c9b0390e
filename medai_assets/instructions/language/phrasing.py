"""How people ask: several natural phrasings of each request.

Which one an example gets is a hash of its passage and rule (choice.py). What belongs here: sentences with slots. What
does not: the words that go into the slots (wording.py).
"""

from __future__ import annotations

from medai_assets.instructions.choice import choose
from medai_assets.verification.urgency import GUESSES

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

# What is asked about a medicine, by section of a page for the public.
DRUG: dict[str, tuple[str, ...]] = {
    "indications": (
        "What is {drug} used for?", "Why would someone use {drug}?", "What does {drug} treat?",
        "My doctor mentioned {drug}. What is it for?", "Can you tell me what {drug} is meant to help with?",
        "Uses of {drug}, what is it used for?",
        "What do doctors have in mind when they suggest {drug}? I mean what it is used for.",
        "I read the name {drug}. What's it used for?", "Which problems is {drug} used for?", "{drug}, what is it for?",
    ),
    "dosage": (
        "How should {drug} be used?", "What is the usual dose of {drug}?", "How much {drug} should be used, and how often?",
        "What do I need to know about the dose of {drug}?", "How do I use {drug} correctly?",
        "What's the right dose of {drug}, and how is it used?", "Can you explain the dose of {drug}?",
        "How often is {drug} used, and how much of it?", "{drug} dose?",
    ),
    "contraindications": (
        "Who should not use {drug}?", "When should {drug} be avoided?", "Are there people who must not use {drug}?",
        "Is there anyone who can't have {drug}?", "For whom is {drug} contraindicated?", "Which people should not use {drug}?",
        "Can you tell me who must not use {drug}?", "Who is told not to use {drug}?",
    ),
    "adverse_reactions": (
        "What side effects can {drug} cause?", "Side effects of {drug}?", "Which side effects are known for {drug}?",
        "I am about to start {drug}. Which side effects should I expect?", "Does {drug} have side effects?",
        "Can you tell me about the side effects of {drug}?", "What should people know about side effects with {drug}?",
    ),
    "interactions": (
        "Does {drug} interact with other medicines?", "What should not be combined with {drug}?",
        "I use other medicines as well. What does {drug} interact with?", "Can {drug} be combined with other medicines?",
        "Which medicines interact with {drug}?", "What does {drug} interact with?", "Could you list what interacts with {drug}?",
    ),
    "pregnancy": (
        "Can {drug} be used during pregnancy?", "I am pregnant. What do I need to know about {drug}?",
        "Is {drug} safe in pregnancy?", "What is known about {drug} for pregnant women?",
        "{drug} in pregnancy, what is the advice?", "What should I know about {drug} and pregnancy?",
        "What should pregnant women know about {drug}?",
    ),
    "lactation": (
        "Can I use {drug} while breastfeeding?", "Does {drug} pass into breast milk?",
        "{drug} while breastfeeding, what is the advice?", "I am nursing my baby. What should I know about {drug}?",
        "What is known about {drug} and breastfeeding?",
    ),
    "overdose": (
        "What can happen with an overdose of {drug}?", "What is known about too much {drug}?",
        "What if somebody had too much {drug}?", "Too much {drug}, what happens?", "What does an overdose of {drug} lead to?",
    ),
    "mechanism": (
        "How does {drug} work?", "What does {drug} do in the body?", "Could you explain what {drug} does in the body?",
        "In the body, how does {drug} work?", "I'm curious, how does {drug} act?",
    ),
    "storage": (
        "How should I store {drug}?", "Where should {drug} be kept?", "How do I keep {drug} at home?",
        "Storage of {drug}, what is right?", "What's the right way to store {drug}?", "At home, where do I keep {drug}?",
    ),
    **OF_PRODUCT,
}  # fmt: skip

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
    return phrase(DRUG[section], key, drug=drug)


def phrase(forms: tuple[str, ...], key: tuple[str, ...], **slots: str) -> str:
    """One of ``forms`` with its slots filled; the first letter is a capital."""
    text = choose(forms, *key).format(**slots)
    return text[:1].upper() + text[1:]


def told_of(forms: tuple[str, ...], key: tuple[str, ...], *, again: bool, **slots: str) -> str:
    """One of the phrasings; where the topic says again what was told, none that guesses at it."""
    asked = phrase(forms, key, **slots)
    certain = tuple(form for form in forms if GUESSES not in form)
    return phrase(certain, key, **slots) if again and GUESSES in asked else asked


def complaint_slots(complaint: str) -> dict[str, str]:
    """A statement for the slots ``told`` (begins a sentence) and ``lower`` (within one)."""
    first = complaint.split(" ", 1)[0]
    keep = first == "I" or first.startswith("I'") or first.isupper()
    bare = complaint.rstrip(".")
    return {
        "told": bare[:1].upper() + bare[1:],
        "lower": bare if keep else bare[:1].lower() + bare[1:],
    }
