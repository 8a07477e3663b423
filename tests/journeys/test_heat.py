"""Where reports gather: an operator goes from the heat to a work order in two clicks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def heat_map(open_page) -> Page:
    page = open_page("/ops/panas/", "operator")
    page.wait_for_selector("#map[data-drawn]")
    return page


def test_two_clicks_from_the_list_of_clusters_to_a_work_order(heat_map, server):
    heat_map.locator("#clusters li a").first.click()
    cluster = heat_map.locator("#details article.cluster")
    expect(cluster).to_contain_text("pelapor")
    cluster.get_by_role("button", name="Buat perintah kerja").click()
    expect(cluster.locator(".message.success")).to_be_visible()
    assert server.sql("SELECT count(*) FROM layers_workorder WHERE cluster_key <> ''") == [(1,)]
    assert heat_map.watch.clean(), heat_map.watch


def test_list_and_map_show_the_same_clusters_also_in_a_shorter_window(heat_map):
    in_list = heat_map.locator("#clusters li:visible")
    on_map = """() => {
      const map = document.getElementById("map").cityMap.map;
      const filter = map.getFilter("clusters-badge");
      const rows = map.querySourceFeatures("cluster-middles", { filter });
      return new Set(rows.map((row) => row.id)).size;
    }"""
    whole = in_list.count()
    assert whole == int(heat_map.inner_text("#cluster-count")) > 5
    heat_map.get_by_role("button", name="7 hari").click()
    expect(heat_map.locator("#cluster-count")).not_to_have_text(str(whole))
    assert in_list.count() == int(heat_map.inner_text("#cluster-count")) < whole
    assert 0 < heat_map.evaluate(on_map) <= in_list.count()  # those in the map's tiles
    cells = heat_map.locator("#cells li[data-cell]")
    assert cells.count() == int(heat_map.inner_text("#cell-count")) > 0
    called = """() => {
      const map = document.getElementById("map").cityMap.map;
      const listed = [...document.querySelectorAll("#cells li")].map((item) => item.dataset.cell);
      const cells = map.querySourceFeatures("cells");
      const drawn = cells.filter((cell) => listed.includes(cell.properties.cell));
      return drawn.map((cell) => map.getFeatureState({ source: "cells", id: cell.id }).grade);
    }"""
    grades = set(heat_map.evaluate(called))
    assert grades and grades <= {"hot1", "hot2", "hot3", "cold"}
    heat_map.get_by_role("button", name="Sejak awal").click()
    expect(heat_map.locator("#cluster-count")).to_have_text(str(whole))


def test_a_planner_asks_a_question_and_the_page_brings_the_answer(open_page):
    page = open_page("/analisis/?kategori=sampah&pulau=ternate", "perencana")
    expect(page.locator("#pane-list")).to_contain_text("Belum dihitung")
    page.get_by_role("button", name="Hitung").click()
    expect(page.locator(".answer")).to_contain_text("sel padat", timeout=90_000)
    expect(page.locator("#clusters li").first).to_contain_text("laporan", timeout=90_000)


def test_on_a_phone_nothing_runs_over_the_edge(open_page):
    page = open_page("/ops/panas/", "operator", phone=True)
    page.wait_for_selector("#map[data-drawn]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-pane-button=list]").click()
    expect(page.locator("#clusters li").first).to_be_visible()
    assert page.watch.clean(), page.watch
