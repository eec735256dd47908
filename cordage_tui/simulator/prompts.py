"""What people send to the demo's webhooks, and why its nodes fail."""

SUNSET = (
    "A beautiful sunset over mountains",
    "Last light on a ridge line, mist in the valleys, telephoto",
    "Alpine lake at dusk, glassy water, a single canoe",
    "The desert five minutes after sundown, violet dunes",
    "Golden hour in the Dolomites, pink rock, long shadows",
    "Storm clearing over the Highlands, one beam of sun on heather",
    "Low winter sun behind pine ridges, cold blue haze",
    "Terraced rice fields reflecting an orange sky",
    "Smoky autumn evening above a river bend, geese in a line",
    "Volcano silhouette against a green-gold sky, thin moon",
    "Sea of clouds from a mountain hut, first stars out",
    "Rolling Tuscan hills in late sun, cypress row, painterly",
    "Sunset through wildfire smoke, red disc, layered hills",
    "Arctic twilight, snow ridges in lilac and peach",
    "Savanna dusk, acacia silhouettes, dust in the air",
    "Patagonian peaks on fire at sunrise, wind-torn clouds",
)
PORTRAIT = (
    "An old sailor looking out to sea, weathered face, soft window light",
    "Young violinist before the concert, backlit, shallow focus",
    "A baker at four in the morning, flour on her hands",
    "Portrait of a chess player thinking, side light, 85 mm",
    "Grandmother laughing at the kitchen table, warm tungsten light",
    "A mechanic with oil on his cheek, blue hour through the garage door",
    "Woman in a red scarf on an empty train platform, fog",
    "Beekeeper lifting her veil, late afternoon, bokeh of clover",
    "Double exposure of a profile and a birch forest",
    "A boy with a paper boat, overcast, muted colours",
    "Lighthouse keeper in a wool sweater, rim light, grain",
    "Ballet dancer resting in the wings, dust in the spotlight",
    "Astronaut without a helmet, reflections of Earth, calm",
    "Street musician at night, neon from the left, rain",
)
PRODUCT = (
    "Stoneware vase on linen, north light, muted palette",
    "Three ceramic pots on an oak table, soft shadow to the right",
    "Hand-thrown teapot, celadon glaze, seamless sand backdrop",
    "Olive oil bottle, low sun, long shadow, rosemary sprig",
    "Terracotta planter set for the spring catalogue, square crop",
    "Perfume flask on travertine, hard light, warm beige",
    "Espresso cup and saucer, matte black, steam, top third empty",
    "Candle in amber glass, evening mood, walnut shelf",
    "Porcelain bowl with a gold repair line, dark background",
    "Set of two carafes, pastel wall, no props",
    "Moisturiser jar, wet pebbles, cool light, room for text on the left",
    "Enamel mug on a tailgate, campfire behind, out of focus",
)
LOOP = (
    "Slow silk in deep blue and copper, seamless, 4 s",
    "Ink dropping into milk, top view, endless loop",
    "Northern lights breathing over black water",
    "Lava lamp, but as an oil painting",
    "Drone shot over a salt lake at noon, pink and white, loop without a cut",
    "Marble veins drifting like weather",
    "Desert wind drawing lines in sand, time lapse",
    "A curtain of rain lit from behind, slow motion",
    "Petrol on wet asphalt, colours turning",
    "Fog rolling through a forest, dawn, locked camera",
)
CAPTION = (
    "Two children racing paper boats in a gutter after rain",
    "An empty diner at night with one waiter polishing glasses",
    "A red bicycle leaning on a yellow wall in Lisbon",
    "Market stall with pyramids of oranges, seller asleep",
    "A dog looking out of a camper van on a coast road",
    "Hands kneading dough, flour in the air",
    "Snowed-in village with one lit window",
    "A heron standing in a canal between parked cars",
    "Rooftop garden with laundry and a city behind it",
    "An umbrella turned inside out on a windy pier",
    "Chess players in a park, one of them standing",
    "A lighthouse in a storm, seen from a kitchen",
)

PICTURE_REASONS = (
    "Node 'Upscale 4x' failed: CUDA out of memory (tried to allocate 2.40 GiB)",
    "Node 'Text to image' failed: the prompt was refused by the content filter",
    "Node 'Text to image' failed: provider timed out after 120 s",
    "Node 'Load style' failed: model 'film-grain-v3' is no longer available",
)
PRODUCT_REASONS = (
    "Node 'Image input' failed: could not fetch image_url (404 Not Found)",
    "Node 'Remove background' failed: no subject found in the picture",
    "Node 'Relight' failed: provider returned 503 Service Unavailable",
)
LOOP_REASONS = (
    "Node 'Text to video' failed: provider returned 503 Service Unavailable",
    "Node 'Close the loop' failed: first and last frame differ too much (0.31 > 0.12)",
    "Node 'Encode' failed: worker was lost, exit code 137",
)
CAPTION_REASONS = (
    "Node 'Language model' failed: answer was cut at 1024 tokens",
    "Node 'Language model' failed: provider rate limit",
)
