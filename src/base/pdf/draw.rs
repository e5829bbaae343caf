//! Writes a laid-out sheet as a PDF file.

use std::num::NonZeroU16;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::TextDirection;

use super::faces::Fonts;
use super::layout::{ElementKind, Laid, MARGIN, Of, PAGE, Piece, Style, TITLE};
use super::{Error, Sheet};
use crate::base::colour::Colour;

/// The colour of the text: red, green and blue.
const INK: [u8; 3] = [24, 28, 38];
const GREY: [u8; 3] = [88, 94, 106];

pub(super) fn draw(sheet: &Sheet, laid: &Laid, fonts: &Fonts) -> Result<Vec<u8>, Error> {
    let failed = |error: &dyn std::fmt::Debug| Error::Failed(format!("{error:?}"));
    let accessible = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = accessible.map_err(|error| failed(&error))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    document.set_metadata(
        Metadata::new().title(sheet.title.clone()).language("en-GB".to_owned()).creator("hub-credits".to_owned()),
    );
    let mut leaves: Vec<Vec<Node>> = laid.elements.iter().map(|_| Vec::new()).collect();
    for pieces in &laid.pages {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed(&"no page"))?;
        let mut page = document.start_page_with(settings);
        let mut links = Vec::new();
        let mut surface = page.surface();
        if let Some(colour) = sheet.frame {
            draw_frame(&mut surface, colour);
        }
        for piece in pieces {
            let leaf = draw_piece(&mut surface, piece, fonts, sheet.frame)?;
            if let Piece::Text { of: Of::Element(element), .. } = piece
                && let Some(leaves) = leaves.get_mut(*element)
            {
                leaves.push(leaf.into());
                links.extend(link(piece, fonts).map(|link| (*element, link)));
            }
        }
        surface.finish();
        for (element, link) in links {
            let link = page.add_tagged_annotation(link);
            if let Some(leaves) = leaves.get_mut(element) {
                leaves.push(link.into());
            }
        }
        page.finish();
    }
    document.set_outline(outline(laid));
    document.set_tag_tree(tree(laid, leaves));
    document.finish().map_err(|error| failed(&error))
}

/// How far the frame stands from the edge of the page, how thick it is, and how thick at the top.
const FRAME: (f32, f32, f32) = (26.0, 1.5, 9.0);

/// Draws a frame around the page, which says nothing.
fn draw_frame(surface: &mut Surface<'_>, colour: Colour) {
    let ((at, thick, top), (width, height)) = (FRAME, (PAGE.0 - 2.0 * FRAME.0, PAGE.1 - 2.0 * FRAME.0));
    let sides = [
        (at, at, width, top),
        (at, at + height - thick, width, thick),
        (at, at, thick, height),
        (at + width - thick, at, thick, height),
    ];
    fill(surface, colour.rgb());
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
    for (x, y, width, height) in sides {
        draw_rect(surface, Rect::from_xywh(x, y, width, height));
    }
    surface.end_tagged();
}

/// What is drawn next is of this colour.
fn fill(surface: &mut Surface<'_>, [red, green, blue]: [u8; 3]) {
    surface.set_fill(Some(Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }));
}

fn draw_rect(surface: &mut Surface<'_>, rect: Option<Rect>) {
    let mut path = PathBuilder::new();
    if let Some(rect) = rect {
        path.push_rect(rect);
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn draw_piece(
    surface: &mut Surface<'_>,
    piece: &Piece,
    fonts: &Fonts,
    frame: Option<Colour>,
) -> Result<Identifier, Error> {
    let (tag, color) = match piece {
        Piece::Rule { .. } => {
            (ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)), frame.map_or(GREY, Colour::rgb))
        }
        Piece::Text { of: Of::Page, style, .. } => {
            (ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)), color(*style))
        }
        Piece::Text { style, .. } => {
            let of_title = frame.filter(|_| *style == TITLE).map(Colour::rgb);
            (ContentTag::Span(SpanTag::empty()), of_title.unwrap_or(color(*style)))
        }
    };
    fill(surface, color);
    let drawn = surface.start_tagged(tag);
    match piece {
        Piece::Rule { y } => {
            draw_rect(surface, Rect::from_xywh(MARGIN, *y, PAGE.0 - 2.0 * MARGIN, 0.6));
        }
        Piece::Text { x, base, style, text, .. } => {
            let mut x = *x;
            for run in fonts.runs(style.weight, text) {
                let direction = match run.right_to_left {
                    true => TextDirection::RightToLeft,
                    false => TextDirection::LeftToRight,
                };
                surface.draw_text(Point::from_xy(x, *base), fonts.font(&run)?, style.size, run.text, false, direction);
                x += fonts.width_of(&run, style.size);
            }
        }
    }
    surface.end_tagged();
    Ok(drawn)
}

fn color(style: Style) -> [u8; 3] {
    if style.grey { GREY } else { INK }
}

/// The clickable area of a piece that leads to an address.
fn link(piece: &Piece, fonts: &Fonts) -> Option<Annotation> {
    let Piece::Text { x, base, style, text, address: Some(address), .. } = piece else { return None };
    let wide = fonts.width(style.weight, style.size, text);
    let area = Rect::from_xywh(*x, base - style.size, wide, style.size * 1.3)?;
    let target = Target::Action(Action::Link(LinkAction::new(address.clone())));
    Some(Annotation::new_link(LinkAnnotation::new(area, target), Some(address.clone())))
}

fn outline(laid: &Laid) -> Outline {
    let mut outline = Outline::new();
    for (text, page, y) in &laid.outline {
        outline.push_child(OutlineNode::new(text.clone(), XyzDestination::new(*page, Point::from_xy(0.0, *y))));
    }
    outline
}

/// The elements as a tree, built from the last to the first: in `laid`, a parent comes before its children.
fn tree(laid: &Laid, mut leaves: Vec<Vec<Node>>) -> TagTree {
    let mut roots = Vec::new();
    for (at, element) in laid.elements.iter().enumerate().rev() {
        let children = leaves.get_mut(at).map(std::mem::take).unwrap_or_default();
        let mut group = TagGroup::new(tag(&element.kind));
        children.into_iter().for_each(|child| group.push(child));
        match element.parent.and_then(|parent| leaves.get_mut(parent)) {
            Some(siblings) => siblings.insert(0, group.into()),
            None => roots.push(group),
        }
    }
    let mut tree = TagTree::new();
    roots.into_iter().rev().for_each(|group| tree.push(group));
    tree
}

fn tag(kind: &ElementKind) -> TagKind {
    let heading = |level: NonZeroU16, text: &String| Tag::Hn(level, Some(text.clone())).into();
    match kind {
        ElementKind::Title(text) => heading(NonZeroU16::MIN, text),
        ElementKind::Heading(text) => heading(NonZeroU16::MIN.saturating_add(1), text),
        ElementKind::Paragraph => Tag::P.into(),
        ElementKind::Link => Tag::Link.into(),
        ElementKind::Table => Tag::Table.into(),
        ElementKind::Head => Tag::THead.into(),
        ElementKind::Body => Tag::TBody.into(),
        ElementKind::Row => Tag::TR.into(),
        ElementKind::ColumnHeading => Tag::TH(TableHeaderScope::Column).into(),
        ElementKind::RowHeading => Tag::TH(TableHeaderScope::Row).into(),
        ElementKind::Cell => Tag::TD.into(),
    }
}
