//! Tables for people: columns as wide as they must be, three blanks between them.

/// Rows of cells. A column is a run of rows that all reach beyond it; its width starts anew after the run. The last cell
/// of a row belongs to no column and is not padded.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

const GAP: usize = 3;

impl Table {
    /// A table without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// The table as lines. Widths count characters, whatever they look like.
    pub fn render(&self) -> String {
        let mut widths: Vec<Vec<usize>> = self.rows.iter().map(|row| vec![0; row.len().saturating_sub(1)]).collect();
        let columns = widths.iter().map(Vec::len).max().unwrap_or(0);
        for column in 0..columns {
            let mut start = 0;
            while start < self.rows.len() {
                let length = widths[start..].iter().take_while(|row| row.len() > column).count();
                let run = start..start + length;
                let widest = self.rows[run.clone()].iter().map(|row| row[column].chars().count()).max();
                for row in run {
                    widths[row][column] = widest.unwrap_or(0) + GAP;
                }
                start += length.max(1);
            }
        }
        let mut out = String::new();
        for (row, widths) in self.rows.iter().zip(&widths) {
            for (cell, width) in row.iter().zip(widths) {
                out.push_str(cell);
                let padding = width - cell.chars().count();
                out.extend(std::iter::repeat_n(' ', padding));
            }
            if let Some(last) = row.last() {
                out.push_str(last);
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let mut table = Table::new();
        table.row(["CURRENT", "NAME", "ENDPOINTS", "NODES"]);
        table.row(["*", "admin@a", "10.0.0.1,10.0.0.2", ""]);
        table.row(["", "b", "", "10.0.0.2"]);
        assert_eq!(
            table.render(),
            "CURRENT   NAME      ENDPOINTS           NODES\n\
             *         admin@a   10.0.0.1,10.0.0.2   \n\
             \x20         b                             10.0.0.2\n"
        );
    }

    #[test]
    fn a_row_without_the_cell_ends_a_column() {
        let mut table = Table::new();
        table.row(["long cell", "x"]).row(["é", "y"]).row(["alone"]).row(["b", "c", ""]).row(["", "", ""]);
        assert_eq!(table.render(), "long cell   x\né           y\nalone\nb   c   \n        \n");
        assert_eq!(Table::new().render(), "");
    }
}
