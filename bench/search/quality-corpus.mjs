// Notes written for this purpose, and which of them answer a question: judged by reading, before anything was ranked.
// A grade of 2 answers it, 1 has to do with it; all others do not.

export const NOTES = {
  bread1: [
    'Sourdough starter',
    'Feed the starter with rye flour and water every morning. It is ready when it doubles.',
  ],
  bread2: [
    'Baking bread',
    'Bake the loaf in a hot oven with steam. A sourdough needs a longer proof than yeast dough.',
  ],
  bread3: ['Pizza dough', 'Strong flour, little yeast, two days in the fridge. Bake as hot as the oven goes.'],
  oven1: [
    'Oven repair',
    'The oven does not heat: the lower element is broken. Order a spare part and call the electrician.',
  ],
  milk1: ['Shopping list', 'Oat milk, butter, eggs, coffee beans, washing powder.'],
  milk2: [
    'Oat milk at home',
    'Blend oats with cold water for thirty seconds and strain. Keeps four days in the fridge.',
  ],
  coffee1: [
    'Espresso settings',
    'Eighteen grams of coffee, thirty six out, twenty eight seconds. Grind finer when it runs fast.',
  ],
  coffee2: ['Café list in Lisbon', 'The small café by the river roasts its own beans. Closed on Mondays.'],
  travel1: [
    'Train to Lisbon',
    'Night train leaves at nine. Seat reservation is needed; tickets are cheaper a month before.',
  ],
  travel2: ['Packing list', 'Passport, rain jacket, charger, adapter for the plug, sunscreen, book for the train.'],
  travel3: [
    'Passport renewal',
    'Make an appointment at the town hall. Bring two photos and the old passport. Takes four weeks.',
  ],
  bike1: [
    'Bicycle maintenance',
    'Oil the chain, check the brakes, pump up the tyres. Replace brake pads when they are thin.',
  ],
  bike2: ['Bike tour along the river', 'Sixty kilometres, flat, two ferries. Stop at the café in the old mill.'],
  car1: ['Winter tyres', 'Change the tyres of the car in October. The summer tyres are stored at the garage.'],
  car2: ['Garage appointment', 'Brakes squeak. The garage has time on Thursday at eight.'],
  garden1: [
    'Planting tomatoes',
    'Sow indoors in March, plant out after the last frost. Water at the roots, not the leaves.',
  ],
  garden2: ['Garden watering', 'Water the garden early in the morning. The rain barrel is enough for a week.'],
  garden3: ['Compost', 'Kitchen waste, leaves and grass in layers. Turn it every month. No cooked food.'],
  tax1: [
    'Tax return',
    'Collect receipts for the home office, the train tickets and donations. Due at the end of July.',
  ],
  tax2: ['Invoice for the workshop', 'Send the invoice with tax number and thirty days to pay.'],
  tax3: ['Receipts', 'Scan every receipt and put it into the folder of the year.'],
  health1: ['Dentist', 'Appointment with the dentist in May. Ask about the crown and the cleaning.'],
  health2: [
    'Running plan',
    'Three runs a week: one long, one fast, one easy. New shoes after eight hundred kilometres.',
  ],
  health3: [
    'Back pain',
    'Stretch in the morning, get up every hour, raise the screen. See the physiotherapist when it stays.',
  ],
  work1: [
    'Meeting notes budget',
    'The budget for next year is cut by ten percent. Travel is to be approved beforehand.',
  ],
  work2: ['Meeting agenda', 'Release date, open bugs, who writes the documentation.'],
  work3: [
    'Release checklist',
    'Run the tests, update the changelog, tag the version, publish the packages, announce it.',
  ],
  code1: [
    'Database backup',
    'Dump the database every night and copy it to another disk. Try to restore it once a month.',
  ],
  code2: ['Slow queries', 'The report query scans the whole table: add an index on customer and date.'],
  code3: [
    'Password reset bug',
    'The reset link in the mail expires too early. The clock of the server was an hour off.',
  ],
  code4: [
    'Offline mode',
    'Writes are queued on the device and sent when the network is back. Conflicts merge by field.',
  ],
  home1: ['Heating', 'Bleed the radiators in autumn. Pressure of the boiler should be one and a half bar.'],
  home2: ['Washing machine', 'Clean the filter when it does not drain. Run it empty and hot once a month.'],
  home3: ['Paint for the kitchen', 'Two coats of white, washable paint. Cover the floor. Ten litres are enough.'],
  gift1: ['Birthday of Anna', 'She wished for a book about birds, and a cake with cherries.'],
  gift2: [
    'Chocolate cake',
    'Melt the chocolate with butter, fold in the eggs. Bake twenty minutes; it stays soft inside.',
  ],
  bird1: ['Birds in the garden', 'Blackbird, robin, two kinds of tits. The feeder needs seeds in winter.'],
  book1: ['Books to read', 'A history of the spice trade, a novel about a lighthouse, poems.'],
  film1: ['Film night', 'The one about the lighthouse keepers. Bring popcorn. Starts at eight.'],
  dog1: ['Dog walk', 'The neighbour is away: walk the dog in the morning and in the evening. Food is in the kitchen.'],
};

/** @type {readonly { kind: 'words' | 'misspelt' | 'begun', text: string, grades: Readonly<Record<string, number>> }[]} */
export const QUESTIONS = [
  { kind: 'words', text: 'sourdough', grades: { bread1: 2, bread2: 2 } },
  { kind: 'words', text: 'oat milk', grades: { milk2: 2, milk1: 2 } },
  { kind: 'words', text: 'bake bread', grades: { bread2: 2, bread3: 1 } },
  { kind: 'words', text: 'oven', grades: { oven1: 2, bread2: 1, bread3: 1 } },
  { kind: 'words', text: 'cafe', grades: { coffee2: 2, bike2: 1 } },
  { kind: 'words', text: 'passport', grades: { travel3: 2, travel2: 1 } },
  { kind: 'words', text: 'train tickets', grades: { travel1: 2, tax1: 1 } },
  { kind: 'words', text: 'garage brakes', grades: { car2: 2 } },
  { kind: 'words', text: 'brakes', grades: { bike1: 2, car2: 2 } },
  { kind: 'words', text: 'tyres', grades: { car1: 2, bike1: 2 } },
  { kind: 'words', text: 'water the garden', grades: { garden2: 2, garden1: 1 } },
  { kind: 'words', text: 'tax', grades: { tax1: 2, tax2: 1 } },
  { kind: 'words', text: 'receipts', grades: { tax3: 2, tax1: 1 } },
  { kind: 'words', text: 'meeting', grades: { work1: 2, work2: 2 } },
  { kind: 'words', text: 'database', grades: { code1: 2 } },
  { kind: 'words', text: 'lighthouse', grades: { film1: 2, book1: 2 } },
  { kind: 'words', text: 'birds book', grades: { gift1: 2 } },
  { kind: 'words', text: 'cake', grades: { gift2: 2, gift1: 1 } },
  { kind: 'words', text: 'appointment', grades: { travel3: 2, health1: 2, car2: 2 } },
  { kind: 'misspelt', text: 'sourdoh', grades: { bread1: 2, bread2: 2 } },
  { kind: 'misspelt', text: 'pasport', grades: { travel3: 2, travel2: 1 } },
  { kind: 'misspelt', text: 'dentits', grades: { health1: 2 } },
  { kind: 'misspelt', text: 'recipts', grades: { tax3: 2, tax1: 1 } },
  { kind: 'misspelt', text: 'tomatos', grades: { garden1: 2 } },
  { kind: 'misspelt', text: 'choclate cake', grades: { gift2: 2 } },
  { kind: 'misspelt', text: 'databse backup', grades: { code1: 2 } },
  { kind: 'misspelt', text: 'bycicle', grades: { bike1: 2 } },
  { kind: 'begun', text: 'tom', grades: { garden1: 2 } },
  { kind: 'begun', text: 'espr', grades: { coffee1: 2 } },
  { kind: 'begun', text: 'washing mach', grades: { home2: 2 } },
  { kind: 'begun', text: 'lisb', grades: { travel1: 2, coffee2: 2 } },
  { kind: 'begun', text: 'oat mi', grades: { milk2: 2, milk1: 2 } },
  { kind: 'begun', text: 'rele', grades: { work3: 2, work2: 1 } },
  { kind: 'begun', text: 'compo', grades: { garden3: 2 } },
];
