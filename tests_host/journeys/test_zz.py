import time
def test_a(signed_in):
    signed_in.sell("1234")
    print(signed_in.heard, signed_in.hellos)
    signed_in.sign_out()
    print(signed_in.heard)
    print(signed_in.serial)
def test_b(signed_in):
    signed_in.sell("1234")
    assert 0
