//! Declaration of a command's fields: the struct, and the function that reads it from a request.

/// Declares a command whose fields are sent under the keys of their types ([`crate::field::Field::ID`]).
macro_rules! command_fields {
    ($(#[$attribute:meta])* pub struct $command:ident {
        $($(#[$field_attribute:meta])* pub $field:ident: $kind:ty,)*
    }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone)]
        pub struct $command {
            $($(#[$field_attribute])* pub $field: $kind,)*
        }

        impl $command {
            /// Reads the command's fields.
            #[must_use]
            pub fn read(fields: $crate::field::Reader<'_>) -> Self {
                Self { $($field: fields.get(),)* }
            }
        }
    };
}

pub(crate) use command_fields;
