"""Small models that others wrote: each function makes a model, of a depth if it takes one, and a batch of inputs."""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations
from torch_models import DenseNet, ResNet18, SharedLayer, ViT, Words, perceptron

IDS = torch.arange(14).reshape(2, 7) % 11


def images(*size):
    return torch.randn(2, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


class Residual(nn.Module):
    """x + f(norm(x)), for any f."""

    def __init__(self, width, inner, norm=nn.LayerNorm):
        super().__init__()
        self.norm, self.inner = norm(width), inner

    def forward(self, x):
        return x + self.inner(self.norm(x))


def residual_mlp(depth):
    blocks = [Residual(8, nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))) for _ in range(depth)]
    return nn.Sequential(nn.Linear(6, 8), *blocks, nn.LayerNorm(8), nn.Linear(8, 3)), images(6)


class Mixing(nn.Module):
    def __init__(self, places, width):
        super().__init__()
        self.places = nn.Sequential(nn.Linear(places, 8), nn.GELU(), nn.Linear(8, places))
        self.features = Residual(width, nn.Sequential(nn.Linear(width, 8), nn.GELU(), nn.Linear(8, width)))
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        return self.features(x + self.places(self.norm(x).transpose(1, 2)).transpose(1, 2))


def mlp_mixer(depth):
    return nn.Sequential(*(Mixing(5, 6) for _ in range(depth)), nn.LayerNorm(6), nn.Linear(6, 3)), images(5, 6)


def encoder(depth, **options):
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, **options)
    return nn.TransformerEncoder(layer, depth, enable_nested_tensor=False), images(5, 8)


class Decoder(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0), depth)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(len(x), dtype=x.dtype)
        return self.decoder(x, x.flip(0) * 2, tgt_mask=mask, tgt_is_causal=True)


class Translation(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.transformer = nn.Transformer(8, 2, depth, depth, 16, dropout=0.0, batch_first=True)

    def forward(self, x):
        return self.transformer(x, x[:, :3] * 2)


class Attending(nn.Module):
    """Attention with other keys and values, masks and everything else that it can be given."""

    def __init__(self, *, weights=True, masked=False, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, **options)
        self.kdim, self.vdim = options.get("kdim") or 8, options.get("vdim") or 8
        self.weights, self.masked = weights, masked

    def forward(self, x):
        key, value = x[:, :, : self.kdim] * 2, x[:, :, : self.vdim] + 1
        masks = {}
        if self.masked:
            first, second = (x.shape[1], x.shape[0]) if self.attention.batch_first else x.shape[:2]
            masks["attn_mask"] = torch.ones(first, first).triu(1).bool()
            masks["key_padding_mask"] = torch.arange(first).expand(second, -1) > first - 2
        out, weights = self.attention(x, key, value, need_weights=self.weights, **masks)
        return out if weights is None else out.sum() + weights.square().sum()


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.bottom = nn.Conv2d(4, 8, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.out = nn.ConvTranspose2d(8, 3, 3, stride=2, padding=1)

    def forward(self, x):
        high = self.down(x).relu()
        return self.out(torch.cat([self.up(self.bottom(high).relu()), high], 1), output_size=x.shape[-2:])


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.both, self.out = nn.Linear(6, 16), nn.Linear(8, 3)

    def forward(self, x):
        return self.out(functional.glu(self.both(x)))


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(6, 3)
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4)) for _ in range(3))

    def forward(self, x):
        chance = self.gate(x).softmax(-1)
        return sum(chance[:, i, None] * expert(x) for i, expert in enumerate(self.experts))


class Recurrent(nn.Module):
    """A recurrent network out of Linear layers, and PyTorch's own after it."""

    def __init__(self, kind=None):
        super().__init__()
        self.enter, self.again, self.head = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.own = kind and kind(6, 6, batch_first=True)

    def forward(self, x):
        state, states = torch.zeros(len(x), 6, dtype=x.dtype), []
        for step in x.unbind(1):
            state = torch.tanh(self.enter(step) + self.again(state))
            states.append(state)
        out = torch.stack(states, 1)
        return self.head(self.own(out)[0] if self.own else out)


class SqueezeExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.squeeze, self.excite = nn.Conv2d(3, 8, 3), nn.Linear(8, 2), nn.Linear(2, 8)

    def forward(self, x):
        x = self.conv(x).relu()
        return x * self.excite(self.squeeze(x.mean((2, 3))).relu()).sigmoid()[..., None, None]


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4))

    def forward(self, x):
        return self.tower(x) @ self.tower(x.flip(0) * 2).T


class Modulated(nn.Module):
    """A layer whose output scales another's."""

    def __init__(self):
        super().__init__()
        self.condition, self.conv = nn.Linear(16, 8), nn.Conv1d(4, 8, 3, padding="same")

    def forward(self, x):
        return self.conv(x) * self.condition(x.mean(1))[..., None]


class DeepSet(nn.Module):
    def __init__(self):
        super().__init__()
        self.each, self.all = nn.Sequential(nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 8)), nn.Linear(8, 3)

    def forward(self, x):
        return self.all(self.each(x).sum(1))


def separable():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, groups=3, padding=1), nn.BatchNorm2d(6), nn.ReLU6(inplace=True), nn.Conv2d(6, 8, 1)
    )


def generator():
    return nn.Sequential(
        nn.Unflatten(1, (6, 1, 1)),
        nn.ConvTranspose2d(6, 8, 4, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.ConvTranspose2d(8, 3, 4, 2, 1, groups=1),
        nn.Tanh(),
    )


def spectral():
    return nn.Sequential(parametrizations.spectral_norm(nn.Linear(6, 8)), nn.ReLU(), nn.Linear(8, 3)).eval()


def weight_normed():
    return nn.Sequential(parametrizations.weight_norm(nn.Linear(6, 8)), nn.ReLU(), nn.Linear(8, 3))


def low_rank():
    return nn.Sequential(nn.Linear(6, 2, bias=False), nn.Linear(2, 8), nn.Softplus(), nn.Linear(8, 3, bias=False))


def network_3d():
    return nn.Sequential(nn.Conv3d(2, 4, 2), nn.GroupNorm(2, 4), nn.ELU(inplace=True), nn.ConvTranspose3d(4, 2, 2))


def temporal():
    return nn.Sequential(
        nn.Conv1d(4, 8, 3, padding=2, dilation=2, padding_mode="circular"), nn.ReLU(inplace=True), nn.Conv1d(8, 3, 1)
    )


def in_place():
    return nn.Sequential(
        nn.Linear(6, 8), nn.ReLU(inplace=True), nn.Linear(8, 8), nn.LeakyReLU(inplace=True), nn.Linear(8, 3)
    )


def normalised():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.InstanceNorm2d(4, affine=True), nn.Mish(), nn.Flatten(), nn.LazyLinear(3)
    )


def plain(make, *size):
    return lambda: (make(), images(*size))


def words():
    return Words().eval(), IDS


MODELS = {
    "perceptron": plain(perceptron, 3, 32, 32),
    "resnet": plain(ResNet18, 3, 32, 32),
    "densenet": plain(DenseNet, 3, 32, 32),
    "vit": plain(ViT, 3, 32, 32),
    "shared layer": plain(SharedLayer, 3, 32, 32),
    "words": words,
    "u-net": plain(UNet, 3, 8, 8),
    "generator": plain(generator, 6),
    "separable": plain(separable, 3, 6, 6),
    "squeeze and excite": plain(SqueezeExcite, 3, 6, 6),
    "three dimensions": plain(network_3d, 2, 4, 4, 4),
    "temporal": plain(temporal, 4, 9),
    "in place": plain(in_place, 3, 6),
    "gated": plain(Gated, 6),
    "experts": plain(Experts, 6),
    "recurrent": plain(Recurrent, 5, 4),
    "lstm": plain(lambda: Recurrent(nn.LSTM), 5, 4),
    "gru": plain(lambda: Recurrent(nn.GRU), 5, 4),
    "siamese": plain(Siamese, 6),
    "modulated": plain(Modulated, 4, 16),
    "deep set": plain(DeepSet, 5, 4),
    "spectral norm": plain(spectral, 6),
    "weight norm": plain(weight_normed, 6),
    "low rank": plain(low_rank, 6),
    "attention": plain(Attending, 5, 8),
    "attention, batch first, fused": plain(lambda: Attending(batch_first=True, weights=False), 5, 8),
    "attention, masked": plain(lambda: Attending(masked=True), 5, 8),
    "attention, masked and fused": plain(lambda: Attending(masked=True, weights=False, batch_first=True), 5, 8),
    "attention, other sizes": plain(lambda: Attending(kdim=5, vdim=3), 5, 8),
    "attention, more keys": plain(lambda: Attending(add_bias_kv=True, add_zero_attn=True, masked=True), 5, 8),
    "attention without biases": plain(lambda: Attending(bias=False), 5, 8),
}

DEEP = {
    "residual mlp": residual_mlp,
    "mlp-mixer": mlp_mixer,
    "encoder": encoder,
    "encoder, norm first": lambda depth: encoder(depth, norm_first=True, activation="gelu"),
    "encoder without biases": lambda depth: encoder(depth, bias=False),
    "decoder": lambda depth: (Decoder(depth), images(5, 8)),
    "encoder and decoder": lambda depth: (Translation(depth), images(5, 8)),
}


def hugging_face(kind, head, **options):
    """A model of Hugging Face with random weights, of that kind; "depth" in an option stands for its depth."""

    def make(depth):
        import transformers

        def at(value):
            return [at(part) for part in value] if isinstance(value, list) else depth if value == "depth" else value

        config = transformers.AutoConfig.for_model(kind, **{name: at(value) for name, value in options.items()})
        model = getattr(transformers, f"AutoModelFor{head}").from_config(config)
        if head in ("ImageClassification", "SemanticSegmentation"):
            size = getattr(config, "image_size", 32)
            return model, {"pixel_values": images(getattr(config, "num_channels", 3), size, size)}
        inputs = {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}
        return model, inputs | ({"decoder_input_ids": IDS} if head == "Seq2SeqLM" else {})

    return make


_SIZES = {"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": "depth", "vocab_size": 11}
_TEXT = _SIZES | {"intermediate_size": 24, "max_position_embeddings": 32}
_CAUSAL = _TEXT | {
    "num_key_value_heads": 2,
    "head_dim": 8,
    "pad_token_id": None,
    "bos_token_id": None,
    "eos_token_id": None,
}
_GPT = {"n_embd": 16, "n_head": 2, "n_layer": "depth", "vocab_size": 11, "n_positions": 32}
_IMAGE = _SIZES | {"image_size": 16, "patch_size": 4, "intermediate_size": 24, "num_labels": 3}
_SWIN = {
    "image_size": 16,
    "patch_size": 2,
    "embed_dim": 8,
    "depths": [2, 2],
    "num_heads": [2, 2],
    "window_size": 4,
    "num_labels": 3,
}
_BART = {
    "vocab_size": 11,
    "d_model": 16,
    "encoder_layers": "depth",
    "decoder_layers": "depth",
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 24,
    "decoder_ffn_dim": 24,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": None,
}

FROM_HUGGING_FACE = {
    "bert": hugging_face("bert", "SequenceClassification", **_TEXT),
    "roberta": hugging_face("roberta", "TokenClassification", **_TEXT),
    "electra": hugging_face("electra", "SequenceClassification", **_TEXT, embedding_size=8),
    "albert": hugging_face("albert", "SequenceClassification", **_TEXT, embedding_size=8),
    "distilbert": hugging_face(
        "distilbert", "SequenceClassification", vocab_size=11, dim=16, n_heads=2, n_layers="depth", hidden_dim=24
    ),
    "deberta": hugging_face(
        "deberta-v2",
        "SequenceClassification",
        **_TEXT,
        relative_attention=True,
        pos_att_type=["p2c", "c2p"],
        position_buckets=4,
    ),
    "convbert": hugging_face("convbert", "SequenceClassification", **_TEXT, embedding_size=16),
    "megatron-bert": hugging_face("megatron-bert", "SequenceClassification", **_TEXT),
    "gpt2": hugging_face("gpt2", "CausalLM", **_GPT),
    "gpt-neo": hugging_face(
        "gpt_neo",
        "CausalLM",
        vocab_size=11,
        hidden_size=16,
        num_layers="depth",
        num_heads=2,
        attention_types=[[["global"], "depth"]],
        max_position_embeddings=32,
    ),
    "gpt-j": hugging_face("gptj", "CausalLM", **_GPT, rotary_dim=4),
    "gpt-neox": hugging_face("gpt_neox", "CausalLM", **_TEXT),
    "bloom": hugging_face("bloom", "CausalLM", vocab_size=11, hidden_size=16, n_layer="depth", n_head=2),
    "opt": hugging_face(
        "opt",
        "CausalLM",
        vocab_size=11,
        hidden_size=16,
        num_hidden_layers="depth",
        num_attention_heads=2,
        ffn_dim=24,
        max_position_embeddings=32,
        word_embed_proj_dim=16,
    ),
    "llama": hugging_face("llama", "CausalLM", **_CAUSAL),
    "mistral": hugging_face("mistral", "CausalLM", **_CAUSAL),
    "qwen2": hugging_face("qwen2", "CausalLM", **_CAUSAL),
    "gemma": hugging_face("gemma", "CausalLM", **_CAUSAL),
    "phi": hugging_face("phi", "CausalLM", **_CAUSAL),
    "stablelm": hugging_face("stablelm", "CausalLM", **_CAUSAL),
    "t5": hugging_face(
        "t5",
        "Seq2SeqLM",
        vocab_size=11,
        d_model=16,
        d_kv=8,
        d_ff=24,
        num_layers="depth",
        num_heads=2,
        decoder_start_token_id=0,
    ),
    "bart": hugging_face("bart", "Seq2SeqLM", **_BART),
    "vit": hugging_face("vit", "ImageClassification", **_IMAGE),
    "deit": hugging_face("deit", "ImageClassification", **_IMAGE, architectures=["DeiTForImageClassification"]),
    "beit": hugging_face("beit", "ImageClassification", **_IMAGE),
    "dinov2": hugging_face("dinov2", "ImageClassification", **_IMAGE),
}

SHALLOW_HUGGING_FACE = {
    "swin": hugging_face("swin", "ImageClassification", **_SWIN),
    "swinv2": hugging_face("swinv2", "ImageClassification", **_SWIN),
    "convnext": hugging_face(
        "convnext", "ImageClassification", hidden_sizes=[4, 8], depths=[1, 1], num_stages=2, image_size=16, patch_size=2
    ),
    "resnet": hugging_face(
        "resnet", "ImageClassification", embedding_size=4, hidden_sizes=[8, 8], depths=[1, 1], layer_type="basic"
    ),
    "regnet": hugging_face(
        "regnet", "ImageClassification", embedding_size=4, hidden_sizes=[8, 8], depths=[1, 1], groups_width=4
    ),
    "mobilenet": hugging_face("mobilenet_v2", "ImageClassification", image_size=32, depth_multiplier=0.1, min_depth=4),
    "segformer": hugging_face(
        "segformer",
        "SemanticSegmentation",
        num_encoder_blocks=2,
        depths=[1, 1],
        sr_ratios=[2, 1],
        hidden_sizes=[8, 8],
        patch_sizes=[3, 3],
        strides=[2, 2],
        num_attention_heads=[1, 2],
        mlp_ratios=[2, 2],
        decoder_hidden_size=8,
    ),
}


def geometric(name):
    """A layer of PyTorch Geometric on a small graph."""

    def make(depth=2):
        from torch_geometric import nn as graph

        class Graph(nn.Module):
            def __init__(self):
                super().__init__()
                kind = getattr(graph, name)
                if name == "GINConv":
                    self.convs = nn.ModuleList(
                        kind(nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6))) for _ in range(2)
                    )
                else:
                    self.convs = nn.ModuleList(kind(6, 6) for _ in range(2))
                self.head = nn.Linear(6, 3)

            def forward(self, x):
                edges = torch.tensor([[0, 1, 2, 3, 1], [1, 2, 3, 0, 3]])
                for conv in self.convs:
                    x = conv(x, edges).relu()
                return self.head(x)

        return Graph(), torch.randn(4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    return make


FROM_GEOMETRIC = {name: geometric(name) for name in ("GCNConv", "GATConv", "SAGEConv", "GINConv", "TransformerConv")}
