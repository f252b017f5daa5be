from tests.web.public.conftest import Site


def test_a_gift_opens_in_the_readers_language(site: Site) -> None:
    page = site.client.get("/g/guide", headers={"accept-language": "fr-FR,fr;q=0.9"})
    assert page.status_code == 200
    assert "Rendre une heure" in page.text
    print(page.text)
