"""What kernels need and Numba has no cheap word for: parts of an array, calls, bits as numbers.

A part is an address and sizes, without the counting of references and the checks that a slice and
`reshape` bring: those cost more than the arithmetic of a small layer. The array it is cut from
outlives it, and the kernels keep within its bounds. What stands here once is also compiled faster
than the same in Python at each of its calls.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array
from numba.np.linalg import call_xxgemm, call_xxgemv, ensure_blas

from clearprop.engine.kernels.names import SIZE, UNITS, WEIGHTS


@intrinsic
def stretch(typing: Any, flat: Any, start: Any, count: Any) -> Any:
    """Return `count` numbers of a flat array, from `start`: shape (count,)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat, start, count = arguments
        return part(context, builder, signature, flat, start, [count])

    return types.Array(flat.dtype, 1, "C")(flat, types.intp, types.intp), generate


@intrinsic
def matrix(typing: Any, flat: Any, start: Any, rows: Any, columns: Any) -> Any:
    """Return rows x columns numbers of a flat array, from `start`: shape (rows, columns)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat, start, *sizes = arguments
        return part(context, builder, signature, flat, start, sizes)

    return types.Array(flat.dtype, 2, "C")(flat, *[types.intp] * 3), generate


@intrinsic
def of_layer(typing: Any, units: Any, row: Any, wiring: Any, layer: Any, m: Any) -> Any:
    """Return one layer's part of a row of the room, shape (m, n_l)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        units, row, wiring, layer, m = arguments
        entry = entries(context, builder, signature.args[2], wiring)
        start = builder.add(builder.mul(row, entry(0, UNITS)), entry(layer, UNITS))
        return part(context, builder, signature, units, start, [m, entry(layer, SIZE)])

    step = types.intp
    return types.Array(units.dtype, 2, "C")(units, step, wiring, step, step), generate


@intrinsic
def weights_of(typing: Any, vector: Any, wiring: Any, layer: Any) -> Any:
    """Return W[l] as a part of the flat vector, shape (n_l, n_(l-1))."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector, wiring, layer = arguments
        entry = entries(context, builder, signature.args[1], wiring)
        below = builder.sub(layer, context.get_constant(types.intp, 1))
        sizes = [entry(layer, SIZE), entry(below, SIZE)]
        return part(context, builder, signature, vector, entry(layer, WEIGHTS), sizes)

    return types.Array(vector.dtype, 2, "C")(vector, wiring, types.intp), generate


def entries(context: Any, builder: Any, kind: Any, table: Any) -> Callable[[Any, int], Any]:
    """Return what reads an entry of a table by its row and its column."""
    whole = make_array(kind)(context, builder, table)
    _, width = cgutils.unpack_tuple(builder, whole.shape)

    def entry(row: Any, column: int) -> Any:
        at = context.get_constant(types.intp, row) if isinstance(row, int) else row
        place = builder.add(builder.mul(at, width), context.get_constant(types.intp, column))
        return builder.load(cgutils.gep(builder, whole.data, place))

    return entry


def part(
    context: Any, builder: Any, signature: Any, flat: Any, start: Any, sizes: Sequence[Any]
) -> Any:
    """Return a part of an array from its start and its sizes."""
    whole = make_array(signature.args[0])(context, builder, flat)
    found = make_array(signature.return_type)(context, builder)
    bytes_each = context.get_abi_sizeof(context.get_data_type(signature.return_type.dtype))
    itemsize = context.get_constant(types.intp, bytes_each)
    strides = [itemsize] if len(sizes) == 1 else [builder.mul(sizes[1], itemsize), itemsize]
    populate_array(
        found,
        data=cgutils.gep(builder, whole.data, start),
        shape=cgutils.pack_array(builder, sizes),
        strides=cgutils.pack_array(builder, strides),
        itemsize=itemsize,
        meminfo=None,
    )
    return found._getvalue()


@intrinsic(prefer_literal=True)
def on_stack(typing: Any, like: Any, count: Any) -> Any:
    """Return room for `count` numbers of an array's type, `count` being written out.

    Nothing else lies there, so that the compiler may keep it all in registers.
    """
    room = types.Array(like.dtype, 1, "C")
    size = int(count.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_data_type(room.dtype)
        memory = cgutils.alloca_once(builder, ir.ArrayType(number, size))
        memory.align = 64
        itemsize = context.get_constant(types.intp, context.get_abi_sizeof(number))
        part = make_array(room)(context, builder)
        populate_array(
            part,
            data=builder.bitcast(memory, number.as_pointer()),
            shape=cgutils.pack_array(builder, [context.get_constant(types.intp, size)]),
            strides=cgutils.pack_array(builder, [itemsize]),
            itemsize=itemsize,
            meminfo=None,
        )
        return part._getvalue()

    return room(like, count), generate


TILE_ROWS, TILE_VECTORS, VECTOR_BYTES = 4, 2, 32  # eight sums in registers of AVX2


@intrinsic
def tile(
    typing: Any, a: Any, a_at: Any, a_row: Any, a_term: Any, b: Any, b_at: Any, b_term: Any,
    c: Any, c_at: Any, c_row: Any, terms: Any,
) -> Any:  # fmt: skip
    """Fill a tile of c = Σ_i a b: four rows, two vectors of columns, their sums in registers.

    `_at` is where the tile begins in an array, `_row` and `_term` how far the next row and the next
    term of the sums lie.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        a, a_at, a_row, a_term, b, b_at, b_term, c, c_at, c_row, terms = values
        number = context.get_data_type(signature.args[0].dtype)
        lanes = VECTOR_BYTES // context.get_abi_sizeof(number)
        vector = ir.VectorType(number, lanes)
        fused = ("contract",)

        def address(kind: Any, array: Any, *steps: Any) -> Any:
            data = make_array(kind)(context, builder, array).data
            for step in steps:
                data = cgutils.gep(builder, data, step)
            return data

        def whole(count: int) -> Any:
            return context.get_constant(types.intp, count)

        def times(step: Any, count: int) -> Any:
            return builder.mul(step, whole(count))

        sums = [
            [cgutils.alloca_once_value(builder, ir.Constant(vector, None))
             for _ in range(TILE_VECTORS)]
            for _ in range(TILE_ROWS)
        ]  # fmt: skip
        with cgutils.for_range(builder, terms, intp=terms.type) as loop:
            below = builder.mul(loop.index, b_term)
            along = builder.mul(loop.index, a_term)
            right = [
                builder.load(
                    builder.bitcast(
                        address(signature.args[4], b, b_at, below, whole(lanes * v)),
                        vector.as_pointer(),
                    ),
                    align=4,
                )
                for v in range(TILE_VECTORS)
            ]
            for row, row_sums in enumerate(sums):
                factor = builder.load(address(signature.args[0], a, a_at, times(a_row, row), along))
                first = builder.insert_element(
                    ir.Constant(vector, ir.Undefined), factor, ir.Constant(ir.IntType(32), 0)
                )
                spread = builder.shuffle_vector(
                    first,
                    ir.Constant(vector, ir.Undefined),
                    ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes),
                )
                for place, term in zip(row_sums, right, strict=True):
                    product = builder.fmul(spread, term, flags=fused)
                    builder.store(builder.fadd(builder.load(place), product, flags=fused), place)
        for row, row_sums in enumerate(sums):
            for v, place in enumerate(row_sums):
                target = address(signature.args[7], c, c_at, times(c_row, row), whole(lanes * v))
                builder.store(
                    builder.load(place), builder.bitcast(target, vector.as_pointer()), align=4
                )
        return context.get_dummy_value()

    step = types.intp
    return types.void(a, step, step, step, b, step, step, c, step, step, step), generate


@intrinsic
def call(typing: Any, address: Any, arguments: Any) -> Any:
    """Call the function at an address with a tuple of arguments: of an array, its own address."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        passed = [
            make_array(kind)(context, builder, value).data
            if isinstance(kind, types.Array)
            else value
            for kind, value in zip(
                signature.args[1], cgutils.unpack_tuple(builder, values[1]), strict=True
            )
        ]
        function = ir.FunctionType(ir.VoidType(), [value.type for value in passed])
        builder.call(builder.inttoptr(values[0], function.as_pointer()), passed)
        return context.get_dummy_value()

    return types.void(types.int64, arguments), generate


@intrinsic
def float64_of_bits(typing: Any, bits: Any) -> Any:
    """Return the float64 that the bits of an int64 are."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def float32_of_bits(typing: Any, bits: Any) -> Any:
    """Return the float32 that the bits of an int32 are."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate


@intrinsic
def product(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Fill the matrix c with the product of the matrices a and b, by the BLAS library.

    It is NumPy's `dot` as Numba calls it, a product with a vector where a has one row or b one
    column, but it does not ask whether the shapes fit, and returns no array, which would have to be
    counted.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        ensure_blas()
        x, y, out = (
            make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        of_x, of_y, of_out = (cgutils.unpack_tuple(builder, each.shape) for each in (x, y, out))

        def by_column() -> None:
            call_xxgemv(context, builder, a.layout == "C", a, of_x, x.data, y.data, out.data)

        def by_row() -> None:
            call_xxgemv(context, builder, b.layout != "C", b, of_y, y.data, x.data, out.data)

        def whole() -> None:
            call_xxgemm(context, builder, a, of_x, x.data, b, of_y, y.data, c, of_out, out.data)

        def if_one(size: Any, then: Callable[[], None], otherwise: Callable[[], None]) -> None:
            is_one = builder.icmp_signed("==", size, context.get_constant(types.intp, 1))
            with builder.if_else(is_one) as (one, more):
                with one:
                    then()
                with more:
                    otherwise()

        if_one(of_y[1], by_column, lambda: if_one(of_x[0], by_row, whole))
        return context.get_dummy_value()

    return types.void(a, b, c), generate
