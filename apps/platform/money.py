"""Money: integers in a currency's smallest unit. No float ever stands for an amount."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

# ISO 4217 (list one): active currencies of two decimals, then the exceptions with their own exponent.
_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
""".split()
_EXPONENTS = dict.fromkeys(_TWO_DECIMALS, 2)
_EXPONENTS |= dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
_EXPONENTS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)

MAX_MINOR = 10**15
"""The largest amount of one price or total, in minor units: far above any stay, far below a bigint."""


@dataclass(frozen=True, kw_only=True)
class Money:
    """What the API writes: `{"amount": "129.00", "currency": "EUR"}`."""

    amount: str
    currency: str


def is_currency(code: str) -> bool:
    """Whether `code` is an active ISO 4217 currency."""
    return code in _EXPONENTS


def exponent(currency: str) -> int:
    """Decimal places of `currency` (ISO 4217): JPY 0, EUR 2, KWD 3.

    :raises KeyError: if it is no active currency.
    """
    return _EXPONENTS[currency]


def from_minor(minor: int, currency: str) -> Money:
    """`12900, "EUR"` becomes `{"amount": "129.00", "currency": "EUR"}`; exact, whatever the size."""
    return Money(amount=f"{Decimal(minor).scaleb(-exponent(currency)):f}", currency=currency)


def to_minor(amount: str | Decimal, currency: str) -> int:
    """`"129.00", "EUR"` becomes 12900.

    :raises ValueError: if it is no finite number, has more decimals than the currency, or is out of bounds.
    """
    try:
        minor = Decimal(amount).scaleb(exponent(currency))
    except InvalidOperation as error:
        raise ValueError(f"{amount!r} is not an amount") from error
    if not minor.is_finite() or abs(minor) > MAX_MINOR:
        raise ValueError(f"{amount!r} is out of bounds")
    if minor != minor.to_integral_value():
        raise ValueError(f"{currency} has {exponent(currency)} decimal places")
    return int(minor)
