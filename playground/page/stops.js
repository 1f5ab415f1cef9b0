/** The stops of the guided tour: what each says, and what the page is set to when it begins. */

/** @type {{title: string, text: string[], watch: string, state: Record<string, any>}[]} */
export const STOPS = [
  {
    title: "What is the problem?",
    text: [
      "A neural network learns from its errors: they travel backwards through it and tell every neuron what to " +
        "change. In backpropagation (BP) they travel through an exact copy of the forward weights. A brain has no " +
        "such copy: nerve fibres run one way.",
      "Feedback alignment (FA) needs none. Its errors come back through fixed random weights. That works, but " +
        "it is slow.",
    ],
    watch: "Press Play. Both networks start from the same weights and see the same digits. Which curve climbs first?",
    state: { kinds: ["fa", "bp"], amount: 0, look: "fa" },
  },
  {
    title: "Watch it align",
    text: [
      "Before it sees a single digit, let the network learn from pure noise: random pixels, with labels drawn " +
        "from a hat. There is nothing to find in them.",
      "And yet something happens. The forward weights W turn towards the feedback weights B. At 90 degrees, " +
        "chance, an error comes back as nonsense. Below 90 it says more and more of what each neuron should do.",
    ],
    watch: "Press Play, and watch the needles of FA + noise tip to the right. FA, without noise, waits at 90 degrees.",
    state: { kinds: ["fa", "noise"], goal: "noise" },
  },
  {
    title: "Too much noise",
    text: [
      "Is more always better? Here the network gets four times as much noise.",
      "At first its angle falls, as before. Then W forgets. Look inside: its columns turn into stripes. A " +
        "neuron that tells all ten answers the same tells them nothing, and a stripe points no more towards B " +
        "than chance.",
      'The mark on the curve is where the library\'s rule, stop="aligned", would have stopped.',
    ],
    watch: "Press Play, and find the lowest point of the curve. Is it near the mark?",
    state: { kinds: ["fa", "noise"], goal: "noise", amount: 512000, pace: "fast" },
  },
  {
    title: "What a zero read-out does",
    text: [
      "A careful scientist asks: does it have to be noise? A new network is full of wrong opinions, for its " +
        "last layer, the read-out, is random. Noise takes these opinions away.",
      "So here is a much cheaper trick: no noise at all, only a read-out that starts at zero. Such a comparison " +
        "is called a control.",
    ],
    watch: "Press Play, and compare FA + noise with FA, zero read-out, when the digits come. How much does noise add?",
    state: { kinds: ["fa", "noise", "zero"], pace: "fast", goal: "digits" },
  },
  {
    title: "Fifty steps through a mirror",
    text: [
      "Noise can do something else. Send it through a layer, look at what comes out, and you learn what its " +
        "weights are. The feedback weights can learn this: it is called a weight mirror.",
      "Fifty steps of noise are enough. Afterwards the feedback stays fixed, and nothing is ever copied.",
    ],
    watch: "Press Play. W and B soon show the same pattern, and the needles fall. Then come the digits.",
    state: { kinds: ["fa", "noise", "mirror", "bp"], amount: 3200, look: "mirror", pace: "slow" },
  },
  {
    title: "Now digits",
    text: [
      "All five networks meet the same 1,437 handwritten digits, and are tested on 360 others that they never " +
        "learn from.",
      "When they have learned, draw a digit of your own below, and let every network guess.",
    ],
    watch:
      "Press Play. Then change what you like: another seed, more layers, another rule. Does the order stay the " +
      "same?",
    state: { kinds: ["fa", "noise", "zero", "mirror", "bp"] },
  },
];
