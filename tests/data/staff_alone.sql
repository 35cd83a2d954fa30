CREATE TABLE staff_alone (source uuid PRIMARY KEY, lines integer NOT NULL);
