"""PyTorch's MultiheadAttention with projections that send their error back through a carrier."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from prenoise.adapters.torch.carried import linear
from prenoise.adapters.torch.layers import Feedback, checked
from prenoise.errors import UserError


class FeedbackAttention(Feedback):
    """As PyTorch computes it, but for its fused kernels. The output projection is a layer that is aligned by itself."""

    in_proj_weight: Tensor
    in_proj_bias: Tensor | None
    bias_k: Tensor | None
    bias_v: Tensor | None
    out_proj: nn.Module
    num_heads: int
    dropout: float
    batch_first: bool
    add_zero_attn: bool

    @staticmethod
    def matrices(layer: Any) -> tuple[str, ...]:
        if layer._qkv_same_embed_dim:
            return ("in_proj_weight",)
        return ("q_proj_weight", "k_proj_weight", "v_proj_weight")

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        checked(query, key, value)
        if is_causal and attn_mask is None:
            raise UserError("is_causal is a hint about attn_mask, which was not given: expected both")
        batched = query.ndim == 3
        if not batched:
            key_padding_mask = None if key_padding_mask is None else key_padding_mask[None]
        q, k, v = (self._batch_first(projected, batched) for projected in self._projected(query, key, value))
        if self.bias_k is not None and self.bias_v is not None:
            k, v = (torch.cat([x, more.expand(len(x), -1, -1)], 1) for x, more in ((k, self.bias_k), (v, self.bias_v)))
        if self.add_zero_attn:
            k, v = (functional.pad(x, (0, 0, 0, 1)) for x in (k, v))
        q, k, v = (x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in (q, k, v))
        mask = self._mask(attn_mask, key_padding_mask, q, k.shape[2])
        dropout = self.dropout if self.training else 0.0
        if need_weights:
            scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
            weights = functional.dropout((scores if mask is None else scores + mask).softmax(-1), dropout)
            mixed = weights @ v
        else:
            weights, mixed = None, functional.scaled_dot_product_attention(q, k, v, mask, dropout)
        outputs = self._batch_first(self.out_proj(mixed.transpose(1, 2).flatten(2)), batched, back=True)
        if weights is not None:
            weights = weights.mean(1) if average_attn_weights else weights
            weights = weights if batched else weights[0]
        return outputs, weights

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        names = self.matrices(self)
        weights = [getattr(self, name) for name in names]
        carriers = [self.carrier(name, weight) for name, weight in zip(names, weights, strict=True)]
        if len(names) == 1:
            if query is key and key is value:
                return linear(query, weights[0], self.in_proj_bias, carriers[0]).chunk(3, -1)
            weights, carriers = weights[0].chunk(3), carriers[0].chunk(3)
        return tuple(map(linear, (query, key, value), weights, biases, carriers))

    def _batch_first(self, x: Tensor, batched: bool, *, back: bool = False) -> Tensor:
        """From the arrangement of the caller's tensors to examples x places x features, or `back`."""
        if batched:
            return x if self.batch_first else x.transpose(0, 1)
        return x[0] if back else x[None]

    def _mask(self, attn_mask: Tensor | None, padding: Tensor | None, q: Tensor, keys: int) -> Tensor | None:
        """What is added to the scores (examples x heads x queries x keys); keys that the layer adds are not masked."""
        if attn_mask is not None:
            attn_mask = attn_mask.unflatten(0, (-1, self.num_heads)) if attn_mask.ndim == 3 else attn_mask[None, None]
        if padding is not None:
            padding = padding[:, None, None]
        added = [
            functional.pad(_additive(mask, q.dtype), (0, keys - mask.shape[-1]))
            for mask in (attn_mask, padding)
            if mask is not None
        ]
        return sum(added[1:], added[0]) if added else None


def _additive(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Minus infinity where a mask of truth values says so."""
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=dtype).masked_fill(mask, -torch.inf)
