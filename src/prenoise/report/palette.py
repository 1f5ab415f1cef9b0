"""One colour and one name a kind of network, the same in every picture.

The colours are Okabe and Ito's: they stay apart for colour-blind eyes, and their lightness differs in print.
"""

FA, NOISE_FA, BP = "FA", "FA+N", "BP"

COLOURS = {FA: "#E69F00", NOISE_FA: "#0072B2", BP: "#666666"}

MEANING = {
    FA: "feedback alignment from random weights",
    NOISE_FA: "feedback alignment after practice on noise",
    BP: "backpropagation from random weights",
}
