//! The words of mdBook's own interface, which are English, in the language of the pages.

use std::fs;
use std::path::Path;

use mdbook_driver::errors::{Error, Result};

/// What stands in the pages and in the script of a built book, and what shall stand there.
const CHINESE: [(&str, &str); 21] = [
    (">Keyboard shortcuts<", ">键盘快捷键<"),
    (
        ">Press <kbd>←</kbd> or <kbd>→</kbd> to navigate between chapters<",
        ">按 <kbd>←</kbd> 或 <kbd>→</kbd> 前后翻页<",
    ),
    (">Press <kbd>?</kbd> to show this help<", ">按 <kbd>?</kbd> 显示本帮助<"),
    (">Press <kbd>Esc</kbd> to hide this help<", ">按 <kbd>Esc</kbd> 关闭本帮助<"),
    ("\"Table of contents\"", "\"目录\""),
    ("\"Toggle Table of Contents\"", "\"显示或隐藏目录\""),
    ("\"Change theme\"", "\"更换配色\""),
    ("\"Themes\"", "\"配色\""),
    (">Auto<", ">自动<"),
    (">Light<", ">浅色<"),
    ("\"Print this book\"", "\"打印本书\""),
    ("\"Page navigation\"", "\"翻页\""),
    ("\"Previous chapter\"", "\"上一页\""),
    ("\"Next chapter\"", "\"下一页\""),
    ("<title>Page not found - ", "<title>找不到页面 - "),
    (">Document not found (404)<", ">找不到这一页（404）<"),
    (
        ">This URL is invalid, sorry. Please use the navigation bar or search to continue.<",
        ">这个地址没有对应的页面，请从目录重新进入。<",
    ),
    ("Show hidden lines", "显示隐藏的行"),
    ("'Hide lines'", "'隐藏这些行'"),
    ("'Copy to clipboard'", "'复制到剪贴板'"),
    ("'Copied!'", "'已复制'"),
];

/// Translates the interface of a built book. English stays as it is.
///
/// # Errors
/// A file that cannot be read or written; words that are nowhere, as another version of mdBook has
/// others.
pub fn translate(built: &Path, language: &str) -> Result<()> {
    let words: &[(&str, &str)] = match language {
        "zh" => &CHINESE,
        _ => return Ok(()),
    };
    let mut found = vec![false; words.len()];
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !matches!(extension, Some("html" | "js")) {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let mut translated = text.clone();
        for ((from, to), found) in words.iter().zip(&mut found) {
            *found |= text.contains(from);
            translated = translated.replace(from, to);
        }
        if translated != text {
            fs::write(&path, translated)?;
        }
    }
    match words.iter().zip(found).find(|(_, found)| !found) {
        None => Ok(()),
        Some(((from, _), _)) => {
            Err(Error::msg(format!("{}: the interface has no {from:?}", built.display())))
        }
    }
}
